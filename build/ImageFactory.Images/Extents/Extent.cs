namespace ImageFactory.Images.Extents;

/// <summary>A range of a disk, in bytes.</summary>
public readonly record struct Extent(long Offset, long Length, ExtentKind Kind)
{
    public long End => Offset + Length;
}

public enum ExtentKind
{
    /// <summary>Was written; may be anything.</summary>
    Data,

    /// <summary>Reads as zeros.</summary>
    Hole,
}
