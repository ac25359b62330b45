using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Vhd;

/// <summary>
/// A disk as a fixed VHD: its bytes, zeros up to a whole MiB (Azure takes no other size), and the footer. Computed, never written anywhere.
/// The disk stays its owner's.
/// </summary>
public sealed class FixedVhdSource : IExtentSource
{
    private const long Alignment = 1 << 20;

    private readonly IExtentSource disk;
    private readonly byte[] footer;

    /// <param name="disk">The disk.</param>
    /// <param name="id">Tells disks apart; derived from the content it makes the footer reproducible.</param>
    /// <param name="smallest">A shorter disk is padded to this, a whole number of MiB.</param>
    public FixedVhdSource(IExtentSource disk, Guid id, long smallest = Alignment)
    {
        this.disk = disk;
        DiskSize = Math.Max(smallest, (disk.Length + Alignment - 1) / Alignment * Alignment);
        footer = VhdFooter.Make(DiskSize, id);
    }

    public string Name => disk.Name;

    /// <summary>Bytes without the footer, a whole number of MiB.</summary>
    public long DiskSize { get; }

    public long Length => DiskSize + VhdFooter.Size;

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return Walk(offset, offset + length);
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        int fromDisk = (int)Math.Clamp(disk.Length - offset, 0, destination.Length);
        if (fromDisk > 0)
            disk.Read(offset, destination[..fromDisk]);
        int beforeFooter = (int)Math.Clamp(DiskSize - offset, 0, destination.Length);
        destination[fromDisk..beforeFooter].Clear();
        if (beforeFooter < destination.Length)
            footer.AsSpan((int)(offset + beforeFooter - DiskSize), destination.Length - beforeFooter).CopyTo(destination[beforeFooter..]);
    }

    public void Dispose()
    {
    }

    private IEnumerable<Extent> Walk(long offset, long end)
    {
        long diskEnd = Math.Min(end, disk.Length);
        long paddingStart = Math.Max(offset, disk.Length);
        long paddingEnd = Math.Min(end, DiskSize);
        long padding = Math.Max(0, paddingEnd - paddingStart);
        if (offset < diskEnd)
        {
            foreach (Extent extent in disk.Extents(offset, diskEnd - offset))
            {
                // The hole at the disk's end and the padding are one.
                if (extent.Kind == ExtentKind.Hole && extent.End == disk.Length && padding > 0)
                {
                    paddingStart = extent.Offset;
                    padding = paddingEnd - paddingStart;
                    continue;
                }

                yield return extent;
            }
        }

        if (padding > 0)
            yield return new Extent(paddingStart, padding, ExtentKind.Hole);
        long footerStart = Math.Max(offset, DiskSize);
        if (footerStart < end)
            yield return new Extent(footerStart, end - footerStart, ExtentKind.Data);
    }
}
