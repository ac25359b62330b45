using ImageFactory.Images.Extents;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>A few bytes of memory, as something that is sent like a disk.</summary>
internal sealed class BytesSource(byte[] bytes) : IExtentSource
{
    public string Name => "record";

    public long Length => bytes.Length;

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        if (length > 0)
            yield return new Extent(offset, length, ExtentKind.Data);
    }

    public void Read(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    public void Dispose()
    {
    }
}
