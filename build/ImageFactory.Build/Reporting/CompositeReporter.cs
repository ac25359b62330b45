using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>Tells everything to several reporters, and remembers which warnings a person has seen.</summary>
internal sealed class CompositeReporter(IReadOnlyList<IReporter> reporters) : IReporter
{
    private readonly ConcurrentDictionary<Fault, bool> shown = new();

    public void Report(RunEvent happened)
    {
        // The same warning from two stages is one warning.
        if (happened is Faulted { Fault.Severity: Severity.Warning } faulted && !shown.TryAdd(faulted.Fault, true))
            return;
        foreach (IReporter reporter in reporters)
            reporter.Report(happened);
    }

    public bool HasShown(Fault fault) => shown.ContainsKey(fault);
}
