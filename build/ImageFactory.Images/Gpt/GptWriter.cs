using System.Buffers.Binary;
using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

/// <summary>
/// Writes a partition table for 512-byte sectors: protective MBR, header and 128 entries at the start, entries and backup header
/// at the end. Nothing else is touched, so the file may already hold the partitions and stays sparse.
/// </summary>
public static class GptWriter
{
    /// <exception cref="FactoryException">IFI201: the table breaks a rule of the format; all breaches at once.</exception>
    public static async Task WriteAsync(GptTable table, Stream disk, CancellationToken cancellation)
    {
        FactoryException.ThrowIfAny(GptRules.Check(table));
        if (disk.Length < table.DiskSize)
            disk.SetLength(table.DiskSize);

        long lastSector = (table.DiskSize / GptFormat.SectorSize) - 1;
        byte[] entries = Entries(table.Partitions);
        uint entriesCrc = Crc32.Of(entries);
        await WriteAtAsync(disk, 0, ProtectiveMbr(lastSector), cancellation).ConfigureAwait(false);
        await WriteAtAsync(disk, 1, Header(table.DiskId, 1, lastSector, 2, entriesCrc), cancellation).ConfigureAwait(false);
        await WriteAtAsync(disk, 2, entries, cancellation).ConfigureAwait(false);
        long backupEntries = lastSector - GptFormat.EntrySectors;
        await WriteAtAsync(disk, backupEntries, entries, cancellation).ConfigureAwait(false);
        await WriteAtAsync(disk, lastSector, Header(table.DiskId, lastSector, 1, backupEntries, entriesCrc), cancellation).ConfigureAwait(false);
    }

    private static async Task WriteAtAsync(Stream disk, long sector, byte[] bytes, CancellationToken cancellation)
    {
        disk.Position = sector * GptFormat.SectorSize;
        await disk.WriteAsync(bytes, cancellation).ConfigureAwait(false);
    }

    /// <summary>One partition of type 0xee over the whole disk, so that tools that know no GPT see no free space.</summary>
    private static byte[] ProtectiveMbr(long lastSector)
    {
        byte[] sector = new byte[GptFormat.SectorSize];
        Span<byte> entry = sector.AsSpan(446, 16);
        // Cylinder, head and sector: LBA 1 is 0/0/2; the end is out of reach of these fields, which is written as all ones.
        new byte[] { 0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff }.CopyTo(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], (uint)Math.Min(lastSector, uint.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(sector.AsSpan(510), 0xaa55);
        return sector;
    }

    private static byte[] Header(Guid diskId, long self, long other, long entries, uint entriesCrc)
    {
        byte[] sector = new byte[GptFormat.SectorSize];
        Span<byte> header = sector.AsSpan(0, GptFormat.HeaderSize);
        long lastSector = Math.Max(self, other);
        GptFormat.Signature.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], GptFormat.Revision);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], GptFormat.HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], self);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], other);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], GptFormat.FirstUsable);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], lastSector - GptFormat.EntrySectors - 1);
        diskId.TryWriteBytes(header[56..], bigEndian: false, out _);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header[80..], GptFormat.EntryCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[84..], GptFormat.EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], entriesCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Of(header));
        return sector;
    }

    private static byte[] Entries(IReadOnlyList<GptPartition> partitions)
    {
        byte[] entries = new byte[GptFormat.EntryCount * GptFormat.EntrySize];
        for (int index = 0; index < partitions.Count; index++)
            WriteEntry(partitions[index], entries.AsSpan(index * GptFormat.EntrySize, GptFormat.EntrySize));
        return entries;
    }

    private static void WriteEntry(GptPartition partition, Span<byte> entry)
    {
        partition.Type.TryWriteBytes(entry, bigEndian: false, out _);
        partition.Id.TryWriteBytes(entry[16..], bigEndian: false, out _);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], partition.Offset / GptFormat.SectorSize);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], (partition.End / GptFormat.SectorSize) - 1);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[48..], (ulong)partition.Attributes);
        Span<byte> name = entry[56..];
        for (int unit = 0; unit < partition.Name.Length; unit++)
            BinaryPrimitives.WriteUInt16LittleEndian(name[(2 * unit)..], partition.Name[unit]);
    }
}
