namespace ImageFactory.Images.Qcow2;

/// <summary>Where a cluster's bytes are in the file; for a compressed one the length of the compressed data, at most.</summary>
internal readonly record struct ClusterMapping(ClusterKind Kind, long Offset, int CompressedLength);

internal enum ClusterKind
{
    /// <summary>Zeros, whatever a backing file has there.</summary>
    Zero,

    /// <summary>Never written: what the backing file has there, or zeros.</summary>
    Unallocated,
    Plain,
    Compressed,
}
