using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Doctor")]
[TaskDescription("Say which host programs are found and missing")]
public sealed class DoctorTask : AsyncFrostingTask<FactoryContext>
{
    public override async Task RunAsync(FactoryContext context) => context.Show(await context.Doctor.ExamineAsync(context.Cancellation));
}
