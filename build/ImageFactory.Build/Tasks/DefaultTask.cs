using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Default")]
[TaskDescription("Make the image, and publish it where the recipe says so")]
[IsDependentOn(typeof(ValidateTask))]
public sealed class DefaultTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Build, context.Cancellation);
        context.Show(await context.Factory.MakeAsync(context.Cancellation));
    }
}
