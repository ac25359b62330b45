using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Clean")]
[TaskDescription("Remove what builds have left in the output folder")]
public sealed class CleanTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.CleanAsync(context.Cancellation));
}
