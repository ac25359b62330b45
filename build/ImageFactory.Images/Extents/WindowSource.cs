namespace ImageFactory.Images.Extents;

/// <summary>A part of another source. The other source stays its owner's.</summary>
internal sealed class WindowSource : IExtentSource
{
    private readonly IExtentSource whole;
    private readonly long start;

    public WindowSource(IExtentSource whole, long start, long length, string name)
    {
        whole.CheckRange(start, length);
        this.whole = whole;
        this.start = start;
        Length = length;
        Name = name;
    }

    public string Name { get; }

    public long Length { get; }

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return whole.Extents(start + offset, length).Select(extent => extent with { Offset = extent.Offset - start });
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        whole.Read(start + offset, destination);
    }

    public void Dispose()
    {
    }
}
