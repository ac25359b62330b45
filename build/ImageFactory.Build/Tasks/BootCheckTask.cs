using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

/// <remarks>Builds what it boots, in one run and with one summary; so it does not come after the Build target but stands beside it.</remarks>
[TaskName("BootCheck")]
[TaskDescription("Boot the image in a virtual machine and check it")]
[IsDependentOn(typeof(ValidateTask))]
public sealed class BootCheckTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Build, context.Cancellation);
        context.Show(await context.Factory.BootCheckAsync(context.Cancellation));
    }
}
