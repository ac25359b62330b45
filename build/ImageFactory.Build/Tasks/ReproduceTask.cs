using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

/// <remarks>Builds what it compares, so it stands beside the Build target.</remarks>
[TaskName("Reproduce")]
[TaskDescription("Make the image, make it again from nothing elsewhere, and compare")]
[IsDependentOn(typeof(ValidateTask))]
public sealed class ReproduceTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Build, context.Cancellation);
        context.Show(await context.Factory.ReproduceAsync(context.Cancellation));
    }
}
