using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Fat;

/// <summary>
/// Where things are, from the boot sector (Microsoft's FAT specification 1.03); little-endian. All results in bytes.
/// <code>
///  11  2  bytes per sector            36  4  sectors per FAT (FAT32)
///  13  1  sectors per cluster         40  2  flags (FAT32): bit 7: only the FAT of bits 0-3 is in use
///  14  2  reserved sectors            44  4  first cluster of the root folder (FAT32)
///  16  1  number of FATs             510  2  0xaa55
///  17  2  entries of the root folder (0 on FAT32)
///  19  2  sectors, if below 65536
///  22  2  sectors per FAT (0 on FAT32)
///  32  4  sectors, otherwise
/// </code>
/// </summary>
internal sealed record FatGeometry(int ClusterSize, long TableOffset, long TableSize, long RootOffset, int RootSize, long DataOffset, uint Clusters, uint? RootCluster)
{
    private const uint MaximumFat12 = 4084;
    private const uint MaximumFat16 = 65524;

    /// <summary>
    /// Bits of a table entry. By the specification the number of clusters alone decides; but <c>mkfs.vfat -F 32</c> makes small file
    /// systems with a FAT32 header, and Linux and EDK2 follow the header then.
    /// </summary>
    public int EntryBits => RootCluster is not null ? 32 : Clusters <= MaximumFat12 ? 12 : 16;

    public long OffsetOf(uint cluster) => DataOffset + ((cluster - 2L) * ClusterSize);

    public static FatGeometry Read(IExtentSource partition)
    {
        if (partition.Length < 512)
            throw FatFaults.NotFat(partition.Name, "it has less than a sector").Raise();
        byte[] boot = partition.ReadBytes(0, 512);
        int sectorSize = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(11));
        int perCluster = boot[13];
        long reserved = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(14));
        int tables = boot[16];
        int rootEntries = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(17));
        long sectors = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(19));
        long perTable = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(22));
        if (sectors == 0)
            sectors = BinaryPrimitives.ReadUInt32LittleEndian(boot.AsSpan(32));
        bool is32 = perTable == 0;
        if (is32)
            perTable = BinaryPrimitives.ReadUInt32LittleEndian(boot.AsSpan(36));

        if (BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(510)) != 0xaa55)
            throw FatFaults.NotFat(partition.Name, "the boot sector's signature is missing").Raise();
        if (sectorSize is < 512 or > 4096 || !int.IsPow2(sectorSize) || perCluster == 0 || !int.IsPow2(perCluster) || reserved == 0 || tables is 0 or > 4)
            throw FatFaults.NotFat(partition.Name, $"{sectorSize} bytes per sector, {perCluster} sectors per cluster, {tables} tables").Raise();

        int active = is32 && (BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(40)) & 0x80) != 0 ? boot[40] & 0xf : 0;
        if (active >= tables)
            throw FatFaults.Malformed(partition.Name, 40, $"table {active} is said to be in use, of {tables}").Raise();
        long rootOffset = (reserved + (tables * perTable)) * sectorSize;
        int rootSize = ((rootEntries * FatFolder.EntrySize) + sectorSize - 1) / sectorSize * sectorSize;
        long dataOffset = rootOffset + rootSize;
        if (sectors * sectorSize > partition.Length || dataOffset >= sectors * sectorSize)
            throw FatFaults.Malformed(partition.Name, 32, $"{sectors} sectors of {sectorSize} bytes do not fit the partition's {partition.Length} bytes").Raise();

        int clusterSize = sectorSize * perCluster;
        long clusters = ((sectors * sectorSize) - dataOffset) / clusterSize;
        FatGeometry geometry = new(
            clusterSize,
            (reserved + (active * perTable)) * sectorSize,
            perTable * sectorSize,
            rootOffset,
            rootSize,
            dataOffset,
            (uint)clusters,
            is32 ? BinaryPrimitives.ReadUInt32LittleEndian(boot.AsSpan(44)) : null);
        geometry.Check(partition);
        return geometry;
    }

    private void Check(IExtentSource partition)
    {
        uint limit = RootCluster is not null ? 0x0fff_fff5 : MaximumFat16;
        if (Clusters > limit || (RootCluster is null) != (RootSize > 0))
            throw FatFaults.Malformed(partition.Name, 17, $"{Clusters} clusters, root folder of {RootSize} bytes").Raise();
        if (TableSize * 8 < (Clusters + 2L) * EntryBits)
            throw FatFaults.Malformed(partition.Name, 22, $"a table of {TableSize} bytes is too small for {Clusters} clusters").Raise();
    }
}
