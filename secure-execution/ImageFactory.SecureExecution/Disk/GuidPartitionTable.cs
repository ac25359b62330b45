using System.Buffers.Binary;
using System.Text;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Disk;

/// <summary>The partitions of a GPT disk with 512-byte sectors, read from the primary table.</summary>
/// <remarks>
/// Header in sector 1: "EFI PART", at 72 the first LBA of the entries, at 80 their number, at 84 their size (little-endian).
/// Entry: 16 bytes type, 16 bytes id, first and last LBA (8 each), attributes (8), name (72, UTF-16).
/// </remarks>
internal static class GuidPartitionTable
{
    public const int SectorSize = 512;

    private const int MinimumEntrySize = 128;
    private const int MaximumEntrySize = 4096;
    private const int MaximumEntries = 1024;

    /// <returns>Null when the disk has no such table.</returns>
    public static IReadOnlyList<Partition>? TryRead(Stream disk)
    {
        if (disk.TryReadAt(SectorSize, SectorSize) is not { } header || !header.AsSpan().StartsWith("EFI PART"u8))
            return null;
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(72));
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(80));
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(84));
        if (size is < MinimumEntrySize or > MaximumEntrySize || count > MaximumEntries || first > (ulong)(disk.Length / SectorSize))
            return null;
        if (disk.TryReadAt((long)first * SectorSize, (int)(count * size)) is not { } table)
            return null;

        List<Partition> partitions = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.AsSpan((int)(i * size), MinimumEntrySize);
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            ulong end = BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]);
            if (!entry[..16].ContainsAnyExcept((byte)0) || end < start || end >= (ulong)(disk.Length / SectorSize))
                continue;
            string name = Encoding.Unicode.GetString(entry.Slice(56, 72));
            partitions.Add(new Partition(i + 1, name.Split('\0')[0], (long)start * SectorSize, (long)(end - start + 1) * SectorSize));
        }

        return partitions;
    }
}

/// <param name="Start">Byte offset on the disk.</param>
internal sealed record Partition(int Number, string Name, long Start, long Length);
