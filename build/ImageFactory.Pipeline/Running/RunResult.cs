using ImageFactory.Model;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>What a run did. Until it is disposed, no other process removes the outputs it names.</summary>
public sealed class RunResult : IDisposable
{
    private readonly IReadOnlyList<StoreLease> leases;

    internal RunResult(IReadOnlyList<StageResult> stages, IReadOnlyList<Fault> faults, IReadOnlyList<StoreLease> leases)
    {
        this.leases = leases;
        Stages = stages;
        Faults = faults;
    }

    /// <summary>In the graph's order.</summary>
    public IReadOnlyList<StageResult> Stages { get; }

    /// <summary>Of all stages, warnings included; each was reported when it happened.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    public bool Succeeded => Stages.All(s => s.Outcome is StageOutcome.Built or StageOutcome.Reused or StageOutcome.Shared);

    public StageResult this[string stage] => Stages.First(s => s.Stage == stage);

    /// <exception cref="FactoryException">A stage failed.</exception>
    public void ThrowIfFailed() => FactoryException.ThrowIfAny(Faults);

    public void Dispose()
    {
        foreach (StoreLease lease in leases)
            lease.Dispose();
    }
}
