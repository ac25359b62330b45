using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Plan")]
[TaskDescription("Show the resolved recipe and the stages")]
public sealed class PlanTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.PlanAsync(context.Cancellation));
}
