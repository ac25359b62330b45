namespace ImageFactory.Pipeline.Running;

/// <summary>How a graph is to be run.</summary>
public sealed record RunOptions
{
    /// <summary>Stages whose outputs are wanted; empty: all.</summary>
    public IReadOnlyCollection<string> Goals { get; init; } = [];

    /// <summary>How many stages run at a time.</summary>
    public int Jobs { get; init; } = 2;

    /// <summary>Ask nothing of the network; what was asked before is used however old it is.</summary>
    public bool Offline { get; init; }

    /// <summary>Where work folders may be, the fastest first. The first with enough free space is taken, else the store's own temporary folder.</summary>
    public IReadOnlyList<WorkRoot> WorkRoots { get; init; } = [];
}
