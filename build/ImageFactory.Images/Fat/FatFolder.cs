using System.Buffers.Binary;
using System.Text;

namespace ImageFactory.Images.Fat;

/// <summary>
/// Reads the entries of a folder, 32 bytes each, little-endian.
/// <code>
/// short entry                              part of a long name, before its short entry
///   0  11  name 8+3; 0xe5: deleted,          0   1  number of the part; bit 6: the last, which comes first
///          0x00: no more entries             1  10  5 units of UTF-16
///  11   1  attributes: 0x10 folder,         11   1  0x0f
///          0x08 volume label                13   1  checksum of the short name
///  12   1  bit 3, 4: base, extension        14  12  6 units
///          in lower case                    28   4  2 units
///  20   2  first cluster, upper half (FAT32)
///  26   2  first cluster, lower half
///  28   4  size
/// </code>
/// </summary>
internal static class FatFolder
{
    public const int EntrySize = 32;

    /// <summary>The specification's limit for a folder: 65536 entries.</summary>
    public const int MaximumSize = 65536 * EntrySize;

    private const int UnitsPerPart = 13;
    private const int MaximumParts = 20;
    private const byte LongName = 0x0f;
    private const byte VolumeLabel = 0x08;
    private const byte Folder = 0x10;

    /// <param name="parent">The folder's path, empty for the root.</param>
    /// <param name="wide">True on FAT32, where cluster numbers have an upper half.</param>
    public static IReadOnlyList<FatEntry> Parse(ReadOnlySpan<byte> bytes, string parent, bool wide)
    {
        List<FatEntry> entries = [];
        char[] units = new char[MaximumParts * UnitsPerPart];
        int expectedPart = 0;
        int parts = 0;
        byte checksum = 0;
        for (int offset = 0; offset + EntrySize <= bytes.Length && bytes[offset] != 0; offset += EntrySize)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(offset, EntrySize);
            if (entry[0] != 0xe5 && (entry[11] & 0x3f) == LongName)
            {
                int part = entry[0] & 0x3f;
                if ((entry[0] & 0x40) != 0 && part is > 0 and <= MaximumParts)
                    (parts, expectedPart, checksum) = (part, part, entry[13]);
                // A part out of order makes the long name void; the short one is used then, as other systems do.
                if (part == 0 || part != expectedPart || entry[13] != checksum)
                    parts = expectedPart = 0;
                else
                    CopyUnits(entry, units.AsSpan(--expectedPart * UnitsPerPart, UnitsPerPart));
                continue;
            }

            bool hasLongName = parts > 0 && expectedPart == 0 && checksum == Checksum(entry[..11]);
            string name = hasLongName ? LongText(units.AsSpan(0, parts * UnitsPerPart)) : ShortText(entry);
            parts = expectedPart = 0;
            if (entry[0] == 0xe5 || (entry[11] & VolumeLabel) != 0 || name is "." or ".." or "")
                continue;
            uint upper = wide ? BinaryPrimitives.ReadUInt16LittleEndian(entry[20..]) : 0u;
            bool isFolder = (entry[11] & Folder) != 0;
            entries.Add(new FatEntry($"{parent}/{name}", name, isFolder, isFolder ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]))
            {
                FirstCluster = (upper << 16) | BinaryPrimitives.ReadUInt16LittleEndian(entry[26..]),
            });
        }

        return entries;
    }

    private static void CopyUnits(ReadOnlySpan<byte> entry, Span<char> units)
    {
        for (int index = 0; index < UnitsPerPart; index++)
        {
            int offset = index < 5 ? 1 + (2 * index) : index < 11 ? 14 + (2 * (index - 5)) : 28 + (2 * (index - 11));
            units[index] = (char)BinaryPrimitives.ReadUInt16LittleEndian(entry[offset..]);
        }
    }

    private static string LongText(ReadOnlySpan<char> units)
    {
        int end = units.IndexOf('\0');
        return Clean(new string(end < 0 ? units : units[..end]));
    }

    private static string ShortText(ReadOnlySpan<byte> entry)
    {
        // 0xe5 as first letter would mean "deleted", so 0x05 stands for it.
        byte first = entry[0] == 0x05 ? (byte)0xe5 : entry[0];
        string stem = Encoding.Latin1.GetString([first, .. entry.Slice(1, 7)]).TrimEnd(' ');
        string extension = Encoding.Latin1.GetString(entry.Slice(8, 3)).TrimEnd(' ');
        if ((entry[12] & 0x08) != 0)
            stem = stem.ToLowerInvariant();
        if ((entry[12] & 0x10) != 0)
            extension = extension.ToLowerInvariant();
        return Clean(extension.Length == 0 ? stem : $"{stem}.{extension}");
    }

    /// <summary>Characters that no FAT name may hold cannot be used to leave a folder or to garble a terminal.</summary>
    private static string Clean(string name) => Printable.Text(name, int.MaxValue).Replace('/', '?').Replace('\\', '?');

    private static byte Checksum(ReadOnlySpan<byte> shortName)
    {
        byte sum = 0;
        foreach (byte value in shortName)
            sum = (byte)((sum >> 1) + ((sum & 1) << 7) + value);
        return sum;
    }
}
