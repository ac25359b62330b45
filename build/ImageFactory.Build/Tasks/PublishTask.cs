using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

/// <remarks>Checks the destinations before it builds what it publishes, in one run and with one summary; so it stands beside Build.</remarks>
[TaskName("Publish")]
[TaskDescription("Make the image and put it where machines boot from")]
[IsDependentOn(typeof(ValidateTask))]
public sealed class PublishTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Build, context.Cancellation);
        context.Show(await context.Factory.PublishAsync(context.Cancellation));
    }
}
