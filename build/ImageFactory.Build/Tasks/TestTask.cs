using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Test")]
[TaskDescription("Build and run all tests of the factory itself")]
public sealed class TestTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Test, context.Cancellation);
        context.Show(await context.Tests.RunAsync(context.Cancellation));
    }
}
