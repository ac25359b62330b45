using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

/// <summary>
/// Reads a partition table: the primary one, or the backup at the end of the disk with a warning when the primary is damaged.
/// Checksums, bounds and overlaps are checked. Sectors of 512 and 4096 bytes are known.
/// </summary>
public static class GptReader
{
    private static readonly int[] SectorSizes = [512, 4096];

    /// <param name="warnings">Receives what is wrong but does not stop the reading: IFI203, IFI204.</param>
    /// <exception cref="FactoryException">IFI202: there is no table. IFI203: both tables are damaged.</exception>
    public static GptTable Read(IExtentSource disk, ICollection<Fault> warnings)
    {
        foreach (int sectorSize in SectorSizes.Where(size => HasSignature(disk, size)))
            return ReadPrimary(disk, sectorSize, warnings);
        foreach (int sectorSize in SectorSizes.Where(size => HasSignature(disk, disk.Length - size)))
        {
            warnings.Add(GptFaults.Damaged(disk.Name, sectorSize, "the primary table is missing").AsWarning());
            return ReadAt(disk, disk.Length - sectorSize, sectorSize).Table;
        }

        throw GptFaults.NoTable(disk.Name).Raise();
    }

    /// <summary>
    /// What firmware measures of a disk's table (UEFI_GPT_DATA of the TCG PC Client Platform Firmware Profile): the 92 bytes of the header,
    /// the number of used entries as 64 bits, the used entries. Of the primary table, or of the backup when there is no other.
    /// </summary>
    /// <exception cref="FactoryException">IFI202: there is no table. IFI203: the entries lie outside the disk.</exception>
    public static byte[] ReadMeasured(IExtentSource disk)
    {
        foreach (long place in SectorSizes.Select(size => (long)size).Concat(SectorSizes.Select(size => disk.Length - size)).Where(place => HasSignature(disk, place)))
        {
            int sectorSize = SectorSizes.First(size => place == size || place == disk.Length - size);
            byte[] header = disk.ReadBytes(place, GptFormat.HeaderSize);
            long entries = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(72)), long.MaxValue / 8192) * sectorSize;
            long count = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(80)), GptFormat.MaximumEntries);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(84));
            if (size is < GptFormat.EntrySize or > 4096 || !disk.Holds(entries, count * size))
                throw Damaged(disk, place + 72, $"the entries at 0x{entries:x} lie outside the disk");
            List<byte[]> used = [];
            for (long index = 0; index < count; index++)
            {
                byte[] entry = disk.ReadBytes(entries + (index * size), (int)size);
                if (entry.AsSpan(0, 16).ContainsAnyExcept((byte)0))
                    used.Add(entry);
            }

            byte[] number = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(number, used.Count);
            return [.. header, .. number, .. used.SelectMany(entry => entry)];
        }

        throw GptFaults.NoTable(disk.Name).Raise();
    }

    private static bool HasSignature(IExtentSource disk, long offset) =>
        disk.Holds(offset, GptFormat.HeaderSize) && disk.ReadBytes(offset, 8).AsSpan().SequenceEqual(GptFormat.Signature);

    private static GptTable ReadPrimary(IExtentSource disk, int sectorSize, ICollection<Fault> warnings)
    {
        try
        {
            (GptTable table, long other) = ReadAt(disk, sectorSize, sectorSize);
            WarnOfBackup(disk, sectorSize, other, warnings);
            return table;
        }
        catch (FactoryException damaged) when (damaged.Faults[0].Code == GptFaults.DamagedCode && HasSignature(disk, disk.Length - sectorSize))
        {
            GptTable table = ReadAt(disk, disk.Length - sectorSize, sectorSize).Table;
            warnings.Add(damaged.Faults[0].AsWarning());
            return table;
        }
    }

    private static void WarnOfBackup(IExtentSource disk, int sectorSize, long sector, ICollection<Fault> warnings)
    {
        long last = (disk.Length / sectorSize) - 1;
        if (sector < 0 || sector > last)
        {
            warnings.Add(GptFaults.BackupDamaged(disk.Name, sectorSize, $"it should be in sector {sector}, the last one is {last}").AsWarning());
            return;
        }

        try
        {
            ReadAt(disk, sector * sectorSize, sectorSize);
        }
        catch (FactoryException damaged) when (damaged.Faults[0].Code == GptFaults.DamagedCode)
        {
            warnings.Add(GptFaults.BackupDamaged(disk.Name, sector * sectorSize, damaged.Faults[0].Message).AsWarning());
        }
    }

    private static (GptTable Table, long OtherSector) ReadAt(IExtentSource disk, long place, int sectorSize)
    {
        long sectors = disk.Length / sectorSize;
        byte[] header = disk.ReadBytes(place, GptFormat.HeaderSize);
        if (!header.AsSpan().StartsWith(GptFormat.Signature))
            throw Damaged(disk, place, "the signature \"EFI PART\" is missing");
        uint headerSize = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(12));
        if (headerSize < GptFormat.HeaderSize || headerSize > sectorSize || !disk.Holds(place, headerSize))
            throw Damaged(disk, place + 12, $"the header claims {headerSize} bytes");
        CheckCrc(disk, place, (int)headerSize);
        ulong self = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(24));
        if (self != (ulong)(place / sectorSize))
            throw Damaged(disk, place + 24, $"the header says it is in sector {self}, and is in {place / sectorSize}");

        ulong entriesSector = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(72));
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(80));
        uint entrySize = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(84));
        if (entrySize is < GptFormat.EntrySize or > 4096 || !uint.IsPow2(entrySize) || count > GptFormat.MaximumEntries)
            throw Damaged(disk, place + 80, $"{count} entries of {entrySize} bytes");
        if (entriesSector >= (ulong)sectors || !disk.Holds((long)entriesSector * sectorSize, (long)count * entrySize))
            throw Damaged(disk, place + 72, $"the entries in sector {entriesSector} lie outside the disk");
        byte[] entries = disk.ReadBytes((long)entriesSector * sectorSize, (int)(count * entrySize));
        if (Crc32.Of(entries) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(88)))
            throw Damaged(disk, (long)entriesSector * sectorSize, "the checksum of the entries does not match");

        List<GptPartition> partitions = [];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan((int)(index * entrySize), GptFormat.EntrySize);
            if (entry[..16].ContainsAnyExcept((byte)0))
                partitions.Add(ParseEntry(disk, entry, ((long)entriesSector * sectorSize) + (index * entrySize), sectorSize));
        }

        CheckOverlaps(disk, place, partitions);
        Guid diskId = new(header.AsSpan(56, 16), bigEndian: false);
        ulong other = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32));
        return (new GptTable(diskId, disk.Length, partitions), other > long.MaxValue ? -1 : (long)other);
    }

    private static void CheckCrc(IExtentSource disk, long place, int headerSize)
    {
        byte[] whole = disk.ReadBytes(place, headerSize);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(16));
        whole.AsSpan(16, 4).Clear();
        if (Crc32.Of(whole) != stored)
            throw Damaged(disk, place + 16, "the checksum of the header does not match");
    }

    private static GptPartition ParseEntry(IExtentSource disk, ReadOnlySpan<byte> entry, long place, int sectorSize)
    {
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
        ulong last = BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]);
        if (first > last || last >= (ulong)(disk.Length / sectorSize))
            throw Damaged(disk, place + 32, $"the partition from sector {first} to {last} does not lie within the disk");
        string name = Encoding.Unicode.GetString(entry.Slice(56, 2 * GptFormat.NameUnits));
        int end = name.IndexOf('\0', StringComparison.Ordinal);
        return new GptPartition(
            new Guid(entry[..16], bigEndian: false),
            new Guid(entry.Slice(16, 16), bigEndian: false),
            Printable.Text(end < 0 ? name : name[..end]),
            (long)first * sectorSize,
            (long)(last - first + 1) * sectorSize,
            (GptAttributes)BinaryPrimitives.ReadUInt64LittleEndian(entry[48..]));
    }

    private static void CheckOverlaps(IExtentSource disk, long place, List<GptPartition> partitions)
    {
        GptPartition[] inOrder = [.. partitions.OrderBy(partition => partition.Offset)];
        foreach ((GptPartition before, GptPartition after) in inOrder.Zip(inOrder.Skip(1)))
        {
            if (before.End > after.Offset)
                throw Damaged(disk, place, $"the partitions '{before.Name}' and '{after.Name}' overlap");
        }
    }

    private static FactoryException Damaged(IExtentSource disk, long place, string what) => GptFaults.Damaged(disk.Name, place, what).Raise();
}
