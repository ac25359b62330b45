using System.Collections.Concurrent;
using ImageFactory.Model;

namespace ImageFactory.Pipeline.Tests.Support;

internal sealed class RecordingReporter : IReporter
{
    private readonly ConcurrentQueue<RunEvent> events = new();

    internal IReadOnlyList<RunEvent> Events => [.. events];

    internal IReadOnlyList<string> Started => [.. events.OfType<StageStarted>().Select(e => e.Stage!)];

    internal IReadOnlyList<Fault> Faults => [.. events.OfType<Faulted>().Select(e => e.Fault)];

    internal IReadOnlyList<string> Lines => [.. events.OfType<ProgramSaid>().Select(e => e.Line)];

    internal IReadOnlyList<string> Said => [.. events.OfType<Said>().Select(e => e.Text)];

    public void Report(RunEvent happened) => events.Enqueue(happened);
}
