using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Schema")]
[TaskDescription("Write the JSON schema and the reference of recipes")]
public sealed class SchemaTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.SchemaAsync(context.Cancellation));
}
