namespace ImageFactory.Images.Qcow2;

/// <summary>Where a cluster's bytes are in the file; for a compressed one the length of the compressed data, at most.</summary>
internal readonly record struct ClusterMapping(ClusterKind Kind, long Offset, int CompressedLength);

internal enum ClusterKind
{
    Zero,
    Plain,
    Compressed,
}
