using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Fat;

/// <summary>A file's bytes, put together from its clusters. Neighbours in the file system are read in one go.</summary>
internal sealed class ClusterSource(IExtentSource partition, string name, List<uint> clusters, FatGeometry geometry, long length) : IExtentSource
{
    public string Name => name;

    public long Length => length;

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return length == 0 ? [] : [new Extent(offset, length, ExtentKind.Data)];
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        while (destination.Length > 0)
        {
            int index = (int)(offset / geometry.ClusterSize);
            int within = (int)(offset % geometry.ClusterSize);
            int last = index;
            while (last + 1 < clusters.Count && clusters[last + 1] == clusters[last] + 1 && Span(index, last, within) < destination.Length)
                last++;
            int count = (int)Math.Min(Span(index, last, within), destination.Length);
            partition.Read(geometry.OffsetOf(clusters[index]) + within, destination[..count]);
            offset += count;
            destination = destination[count..];
        }
    }

    public void Dispose()
    {
    }

    private long Span(int first, int last, int within) => ((last - first + 1L) * geometry.ClusterSize) - within;
}
