using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("BootCheck")]
[TaskDescription("Boot the image in a virtual machine and check it")]
[IsDependentOn(typeof(BuildTask))]
public sealed class BootCheckTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Factory.BootCheckAsync(context.Cancellation));
}
