using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>What is in an image, found by looking at its bytes alone.</summary>
public sealed record ImageReport
{
    /// <summary>The file, as it was named.</summary>
    public required string File { get; init; }

    /// <summary>raw, qcow2 or another that was read.</summary>
    public required string Format { get; init; }

    public required long FileSize { get; init; }

    public required long VirtualSize { get; init; }

    public IReadOnlyList<PartitionReport> Partitions { get; init; } = [];

    /// <summary>Every EFI program on the EFI system partition; those with a kernel can be booted.</summary>
    public IReadOnlyList<UkiReport> Programs { get; init; } = [];

    /// <summary>Null when there is no hash partition and no root hash.</summary>
    public VerityReport? Verity { get; init; }

    /// <summary>Null when the root file system could not be read; the notes say why.</summary>
    public RootReport? Root { get; init; }

    /// <summary>What was found damaged or could not be looked at.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>The one program that firmware starts, when there is exactly one kernel.</summary>
    public UkiReport? Uki => Programs.Where(p => p.HasKernel).ToList() is [UkiReport only] ? only : null;
}
