using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Validate")]
[TaskDescription("Check the recipe and everything it names")]
public sealed class ValidateTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.ValidateAsync(context.Cancellation));
}
