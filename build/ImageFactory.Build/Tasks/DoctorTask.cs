using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Doctor")]
[TaskDescription("Say which programs of this machine are needed, found, missing")]
public sealed class DoctorTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Doctor.ExamineAsync(context.Cancellation));
}
