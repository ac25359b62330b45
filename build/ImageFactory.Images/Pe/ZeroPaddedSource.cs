using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Pe;

/// <summary>A part of a file, followed by zeros that the file does not store.</summary>
internal sealed class ZeroPaddedSource(IExtentSource file, long start, long stored, long length, string name) : IExtentSource
{
    public string Name => name;

    public long Length => length;

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        long end = offset + length;
        long storedEnd = Math.Min(end, stored);
        if (offset < storedEnd)
            yield return new Extent(offset, storedEnd - offset, ExtentKind.Data);
        long zerosFrom = Math.Max(offset, stored);
        if (zerosFrom < end)
            yield return new Extent(zerosFrom, end - zerosFrom, ExtentKind.Hole);
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        int fromFile = (int)Math.Clamp(stored - offset, 0, destination.Length);
        if (fromFile > 0)
            file.Read(start + offset, destination[..fromFile]);
        destination[fromFile..].Clear();
    }

    public void Dispose()
    {
    }
}
