using System.Collections.Concurrent;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Tests.Support;

/// <summary>Keeps what was reported.</summary>
internal sealed class Events : IReporter
{
    private readonly ConcurrentQueue<RunEvent> all = new();

    public IReadOnlyList<RunEvent> All => [.. all];

    public void Report(RunEvent happened) => all.Enqueue(happened);
}
