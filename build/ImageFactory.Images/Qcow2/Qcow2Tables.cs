using System.Buffers.Binary;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Qcow2;

/// <summary>
/// The two levels of tables of a qcow2 image; entries are 8 bytes, big-endian.
/// <code>
/// L1   bits 9-55 offset of an L2 table, 0: nothing there; bit 63 its reference count is one; others zero
/// L2   bit 62 clear: bit 0 reads as zeros (version 3), bits 9-55 offset of the cluster, 0: nothing there; bit 63 as above
///      bit 62 set:   bits 0 to x-1 offset of the compressed data, bits x to 61 further 512-byte sectors; x = 62 - (cluster bits - 8)
/// </code>
/// </summary>
internal sealed class Qcow2Tables
{
    private const ulong OffsetMask = 0x00ff_ffff_ffff_fe00;
    private const ulong CompressedFlag = 1UL << 62;
    private const ulong ZeroFlag = 1;
    private const int SectorSize = 512;
    private const int CacheBytes = 8 << 20;

    private readonly IExtentSource file;
    private readonly Qcow2Header header;
    private readonly long[] l2Offsets;
    private readonly BlockCache tables;

    public Qcow2Tables(IExtentSource file, Qcow2Header header)
    {
        this.file = file;
        this.header = header;
        tables = new BlockCache(Math.Max(4, CacheBytes / header.ClusterSize));
        byte[] l1 = file.ReadBytes(header.L1Offset, header.L1Entries * 8);
        l2Offsets = new long[header.L1Entries];
        for (int index = 0; index < l2Offsets.Length; index++)
        {
            long offset = (long)(BinaryPrimitives.ReadUInt64BigEndian(l1.AsSpan(index * 8)) & OffsetMask);
            if (offset % header.ClusterSize != 0 || !file.Holds(offset, header.ClusterSize))
                throw Malformed(header.L1Offset + (index * 8L), $"the L2 table at 0x{offset:x} is not aligned or lies outside the file");
            l2Offsets[index] = offset;
        }

        // With each table used once, walking all clusters takes no longer than reading the file.
        if (l2Offsets.Where(offset => offset != 0).GroupBy(offset => offset).FirstOrDefault(group => group.Skip(1).Any()) is { } shared)
            throw Malformed(header.L1Offset, $"the L2 table at 0x{shared.Key:x} is used more than once");
    }

    /// <summary>How many clusters from this one on are known to be unallocated because their whole table is.</summary>
    public long UnmappedFrom(long cluster)
    {
        long index = cluster / header.L2Entries;
        return l2Offsets[index] != 0 ? 0 : ((index + 1) * header.L2Entries) - cluster;
    }

    public ClusterMapping Find(long cluster)
    {
        long tableOffset = l2Offsets[cluster / header.L2Entries];
        if (tableOffset == 0)
            return new ClusterMapping(ClusterKind.Unallocated, 0, 0);
        byte[] table = tables.GetOrLoad(tableOffset, offset => file.ReadBytes(offset, header.ClusterSize));
        int index = (int)(cluster % header.L2Entries);
        ulong entry = BinaryPrimitives.ReadUInt64BigEndian(table.AsSpan(index * 8));
        long place = tableOffset + (index * 8L);
        return (entry & CompressedFlag) != 0 ? Compressed(entry, place) : Plain(entry, place);
    }

    private ClusterMapping Plain(ulong entry, long place)
    {
        long offset = (long)(entry & OffsetMask);
        if (header.Version >= 3 && (entry & ZeroFlag) != 0)
            return new ClusterMapping(ClusterKind.Zero, 0, 0);
        if (offset == 0)
            return new ClusterMapping(ClusterKind.Unallocated, 0, 0);
        if (offset % header.ClusterSize != 0 || offset >= file.Length)
            throw Malformed(place, $"the cluster at 0x{offset:x} is not aligned or lies outside the file");
        return new ClusterMapping(ClusterKind.Plain, offset, 0);
    }

    private ClusterMapping Compressed(ulong entry, long place)
    {
        int offsetBits = 62 - (header.ClusterBits - 8);
        long offset = (long)(entry & ((1UL << offsetBits) - 1));
        long sectors = (long)((entry & (CompressedFlag - 1)) >> offsetBits) + 1;
        if (offset >= file.Length)
            throw Malformed(place, $"the compressed cluster at 0x{offset:x} lies outside the file");
        // The last sector may be counted in full although the file ends within it.
        long length = Math.Min((sectors * SectorSize) - (offset % SectorSize), file.Length - offset);
        return new ClusterMapping(ClusterKind.Compressed, offset, (int)length);
    }

    private FactoryException Malformed(long offset, string what) => Qcow2Faults.Malformed(file.Name, offset, what).Raise();
}
