using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Clean")]
[TaskDescription("Remove the artifacts of builds, not the store")]
public sealed class CleanTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.CleanAsync(context.Cancellation));
}
