using ImageFactory.Model;

namespace ImageFactory.Measurement.Verity;

/// <summary>How the root file system is bound to the measured command line.</summary>
public sealed record RootBinding
{
    /// <summary>The root hash of the command line that the kernel gets.</summary>
    public required Sha256 RootHash { get; init; }

    /// <summary>Where it stands: <c>.cmdline</c>, or the path of an addon.</summary>
    public required string NamedBy { get; init; }

    /// <summary>Of the data, computed anew; null when that was not asked for.</summary>
    public Sha256? OfData { get; init; }

    /// <summary>That the top of the stored tree leads to.</summary>
    public Sha256? OfStoredTree { get; init; }

    /// <summary>Bytes that the tree covers.</summary>
    public long DataSize { get; init; }
}
