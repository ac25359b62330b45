using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Build")]
[TaskDescription("Make the image that the recipe describes")]
[IsDependentOn(typeof(ValidateTask))]
public sealed class BuildTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context)
    {
        await context.Doctor.EquipAsync(Need.Build, context.Cancellation);
        context.Show(await context.Factory.BuildAsync(context.Cancellation));
    }
}
