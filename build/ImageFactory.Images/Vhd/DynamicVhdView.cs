using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Vhd;

/// <summary>
/// A disk as a dynamic VHD, with blocks of 2 MiB for its data only. Computed while it is read and never written anywhere. The disk stays its owner's.
/// <code>
///      0   512  copy of the footer (offset of the next structure: 512)
///    512  1024  header: cookie "cxsparse", all ones, offset of the table, version 1.0, entries, block size, checksum
///   1536        table: the sector of each block, all ones for those without data; padded to a sector
///               blocks: a bitmap of 512 bytes, all ones, and 2 MiB
///               the footer
/// </code>
/// </summary>
public sealed class DynamicVhdView : IExtentSource
{
    private const int Sector = 512;
    private const int HeaderSize = 1024;
    private const int TableAt = Sector + HeaderSize;
    private const int BlockSize = 2 << 20;
    private const int Stored = Sector + BlockSize;
    private const long Alignment = 1 << 20;

    private readonly IExtentSource disk;
    private readonly byte[] metadata;
    private readonly byte[] footer;
    private readonly List<int> blocks = [];

    /// <param name="id">Tells disks apart.</param>
    public DynamicVhdView(IExtentSource disk, Guid id)
    {
        this.disk = disk;
        DiskSize = (disk.Length + Alignment - 1) / Alignment * Alignment;
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            for (int block = Math.Max((int)(extent.Offset / BlockSize), blocks.Count > 0 ? blocks[^1] + 1 : 0); block <= (extent.End - 1) / BlockSize; block++)
                blocks.Add(block);
        }

        int entries = (int)((DiskSize + BlockSize - 1) / BlockSize);
        footer = VhdFooter.Make(DiskSize, id, dynamic: true);
        metadata = new byte[TableAt + (((entries * 4) + Sector - 1) / Sector * Sector)];
        footer.CopyTo(metadata, 0);
        WriteHeader(metadata.AsSpan(Sector, HeaderSize), entries);
        metadata.AsSpan(TableAt).Fill(0xff);
        for (int i = 0; i < blocks.Count; i++)
            BinaryPrimitives.WriteUInt32BigEndian(metadata.AsSpan(TableAt + (blocks[i] * 4)), (uint)((metadata.Length + ((long)i * Stored)) / Sector));
    }

    public string Name => disk.Name;

    /// <summary>Bytes of the disk, a whole number of MiB.</summary>
    public long DiskSize { get; }

    public long Length => metadata.Length + ((long)blocks.Count * Stored) + VhdFooter.Size;

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
            int count = offset < metadata.Length ? Copy(metadata, offset, destination)
                : offset < Length - VhdFooter.Size ? ReadBlock(offset - metadata.Length, destination)
                : Copy(footer, offset - (Length - VhdFooter.Size), destination);
            offset += count;
            destination = destination[count..];
        }
    }

    public void Dispose()
    {
    }

    private static int Copy(byte[] from, long offset, Span<byte> destination)
    {
        int count = (int)Math.Min(destination.Length, from.Length - offset);
        from.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    private int ReadBlock(long offset, Span<byte> destination)
    {
        int within = (int)(offset % Stored);
        if (within < Sector)
        {
            int bitmap = Math.Min(destination.Length, Sector - within);
            destination[..bitmap].Fill(0xff);
            return bitmap;
        }

        long at = ((long)blocks[(int)(offset / Stored)] * BlockSize) + within - Sector;
        int count = Math.Min(destination.Length, Stored - within);
        int there = (int)Math.Clamp(disk.Length - at, 0, count);
        if (there > 0)
            disk.Read(at, destination[..there]);
        destination[there..count].Clear();
        return count;
    }

    private static void WriteHeader(Span<byte> header, int entries)
    {
        "cxsparse"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt64BigEndian(header[16..], TableAt);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], 0x0001_0000);
        BinaryPrimitives.WriteUInt32BigEndian(header[28..], (uint)entries);
        BinaryPrimitives.WriteUInt32BigEndian(header[32..], BlockSize);
        uint sum = 0;
        foreach (byte value in header)
            sum += value;
        BinaryPrimitives.WriteUInt32BigEndian(header[36..], ~sum);
    }
}
