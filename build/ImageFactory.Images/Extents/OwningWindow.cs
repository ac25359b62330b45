namespace ImageFactory.Images.Extents;

/// <summary>The first bytes of a source, which is closed together with the window.</summary>
internal sealed class OwningWindow(IExtentSource whole, long length) : IExtentSource
{
    private readonly WindowSource window = new(whole, 0, length, whole.Name);

    public string Name => whole.Name;

    public long Length => length;

    public IEnumerable<Extent> Extents(long offset, long length) => window.Extents(offset, length);

    public void Read(long offset, Span<byte> destination) => window.Read(offset, destination);

    public void Dispose() => whole.Dispose();
}
