using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Support;

internal sealed class RecordingReporter : IReporter
{
    public List<RunEvent> Events { get; } = [];

    public void Report(RunEvent happened) => Events.Add(happened);
}
