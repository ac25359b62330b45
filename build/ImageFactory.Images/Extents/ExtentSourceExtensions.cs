namespace ImageFactory.Images.Extents;

public static class ExtentSourceExtensions
{
    /// <summary>All ranges of the source.</summary>
    public static IEnumerable<Extent> Extents(this IExtentSource source) => source.Extents(0, source.Length);

    /// <summary>A part of the source, such as a partition. Disposing the part leaves the source open.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the source.</exception>
    public static IExtentSource Window(this IExtentSource source, long offset, long length, string name) => new WindowSource(source, offset, length, name);

    /// <summary>The source as a seekable stream that only reads. Disposing the stream leaves the source open.</summary>
    public static Stream AsStream(this IExtentSource source) => new ExtentStream(source);

    /// <summary>Throws unless the range lies within the source.</summary>
    internal static void CheckRange(this IExtentSource source, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, source.Length - offset);
    }

    /// <summary>True when the range lies within the source; for values that come out of an image.</summary>
    internal static bool Holds(this IExtentSource source, long offset, long length) =>
        offset >= 0 && length >= 0 && offset <= source.Length && length <= source.Length - offset;

    internal static byte[] ReadBytes(this IExtentSource source, long offset, int count)
    {
        byte[] bytes = new byte[count];
        source.Read(offset, bytes);
        return bytes;
    }
}
