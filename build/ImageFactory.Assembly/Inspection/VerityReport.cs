using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>How the root file system is bound to the measured command line.</summary>
public sealed record VerityReport
{
    /// <summary><c>roothash=</c> of the command line.</summary>
    public Sha256? OnCommandLine { get; init; }

    /// <summary>Computed from the data of the root partition.</summary>
    public Sha256? OfData { get; init; }

    /// <summary>Computed from the topmost block of the hash tree that is stored.</summary>
    public Sha256? OfStoredTree { get; init; }

    /// <summary>Partition UUIDs are the halves of the root hash, by which systemd finds the partitions.</summary>
    public bool IdsMatch { get; init; }

    public Guid? Uuid { get; init; }

    public string? Salt { get; init; }

    public long DataBlocks { get; init; }

    public bool IsSound => OnCommandLine is { } expected && OfData == expected && OfStoredTree == expected;
}
