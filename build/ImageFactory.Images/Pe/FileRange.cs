namespace ImageFactory.Images.Pe;

/// <summary>Bytes of a file, by offset and length.</summary>
public readonly record struct FileRange(long Offset, long Length);
