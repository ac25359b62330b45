using System.Buffers.Binary;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Vhd;

/// <summary>
/// The disk of a dynamic VHD (Microsoft's Virtual Hard Disk Image Format Specification 1.0): blocks that were written, found through a table.
/// Owns the file below. Big-endian:
/// <code>
/// footer                                   dynamic header
///   0  8  "conectix"                         0  8  "cxsparse"
///  16  8  offset of the dynamic header      16  8  offset of the table
///  48  8  current size of the disk          28  4  entries of the table
///  60  4  type: 3                           32  4  bytes of a block, a power of two
///
/// table: 4 bytes a block, its sector in the file, or 0xffffffff
/// block: one bit for each of its sectors, set when it was written (filled to a sector), then the sectors
/// </code>
/// </summary>
internal sealed class DynamicVhdSource : IExtentSource
{
    private const int SectorSize = 512;
    private const int HeaderSize = 1024;
    private const uint Unused = uint.MaxValue;
    private const int MaximumBlock = 64 << 20;
    private const long MaximumSize = 64L << 40; // far above the format's own limit of 2040 GiB

    private readonly IExtentSource file;
    private readonly uint[] table;
    private readonly int blockSize;
    private readonly int bitmapSize;
    private readonly BlockCache bitmaps = new(256);

    /// <param name="file">The whole file.</param>
    /// <param name="footer">Its last 512 bytes, the checksum compared.</param>
    /// <exception cref="FactoryException">IFI107: a header or the table is wrong.</exception>
    public DynamicVhdSource(IExtentSource file, ReadOnlySpan<byte> footer)
    {
        this.file = file;
        long place = ToOffset(footer[16..], 16);
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(footer[48..]);
        if (!file.Holds(place, HeaderSize))
            throw Malformed(16, $"the header at 0x{place:x} lies outside the file");
        byte[] header = file.ReadBytes(place, HeaderSize);
        if (!header.AsSpan().StartsWith("cxsparse"u8))
            throw Malformed(place, "the dynamic header is missing");
        long tablePlace = ToOffset(header.AsSpan(16), place + 16);
        uint entries = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(28));
        uint block = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(32));
        if (block is < SectorSize or > MaximumBlock || !uint.IsPow2(block) || size > MaximumSize || (ulong)entries * block < size)
            throw Malformed(place + 28, $"{entries} blocks of {block} bytes for a disk of {size} bytes");

        Length = (long)size;
        blockSize = (int)block;
        bitmapSize = ((blockSize / SectorSize / 8) + SectorSize - 1) / SectorSize * SectorSize;
        long used = (Length + blockSize - 1) / blockSize;
        if (!file.Holds(tablePlace, used * 4))
            throw Malformed(place + 16, $"the table at 0x{tablePlace:x} lies outside the file");
        table = new uint[used];
        byte[] bytes = file.ReadBytes(tablePlace, (int)used * 4);
        for (int index = 0; index < table.Length; index++)
        {
            table[index] = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(index * 4));
            if (table[index] != Unused && !file.Holds(table[index] * (long)SectorSize, bitmapSize + (long)blockSize))
                throw Malformed(tablePlace + (index * 4L), $"block {index} lies outside the file");
        }
    }

    public string Name => file.Name;

    public long Length { get; }

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        long end = offset + length;
        while (offset < end)
        {
            // Neighbours of one kind are told as one.
            bool hole = table[offset / blockSize] == Unused;
            long stop = offset;
            do
            {
                stop = Math.Min(((stop / blockSize) + 1) * blockSize, end);
            }
            while (stop < end && (table[stop / blockSize] == Unused) == hole);
            yield return new Extent(offset, stop - offset, hole ? ExtentKind.Hole : ExtentKind.Data);
            offset = stop;
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        while (destination.Length > 0)
        {
            int within = (int)(offset % blockSize);
            int count = Math.Min(blockSize - within, destination.Length);
            ReadBlock((int)(offset / blockSize), within, destination[..count]);
            offset += count;
            destination = destination[count..];
        }
    }

    public void Dispose() => file.Dispose();

    private void ReadBlock(int block, int within, Span<byte> destination)
    {
        if (table[block] == Unused)
        {
            destination.Clear();
            return;
        }

        long place = table[block] * (long)SectorSize;
        byte[] bitmap = bitmaps.GetOrLoad(block, _ => file.ReadBytes(place, bitmapSize));
        file.Read(place + bitmapSize + within, destination);
        for (int at = 0; at < destination.Length;)
        {
            int sector = (within + at) / SectorSize;
            int count = Math.Min(SectorSize - ((within + at) % SectorSize), destination.Length - at);
            if ((bitmap[sector / 8] & (0x80 >> (sector % 8))) == 0)
                destination.Slice(at, count).Clear();
            at += count;
        }
    }

    private long ToOffset(ReadOnlySpan<byte> field, long place)
    {
        ulong value = BinaryPrimitives.ReadUInt64BigEndian(field);
        return value <= (ulong)file.Length ? (long)value : throw Malformed(place, $"an offset of 0x{value:x} lies outside the file");
    }

    private FactoryException Malformed(long offset, string what) => ExtentFaults.BadDynamicVhd(file.Name, offset, what).Raise();
}
