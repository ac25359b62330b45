namespace ImageFactory.Images.Gpt;

/// <summary>
/// Sizes and offsets of the table (UEFI specification 2.10, chapter 5.3); little-endian throughout.
/// <code>
/// header                          entry
///   0  8  "EFI PART"                0  16  type GUID (zero: unused)
///   8  4  revision 0x00010000      16  16  partition GUID
///  12  4  header size (92)         32   8  first LBA
///  16  4  CRC-32 of the header     40   8  last LBA, inclusive
///         with this field zero     48   8  attributes
///  20  4  zero                     56  72  name, UTF-16, 36 units
///  24  8  LBA of this header
///  32  8  LBA of the other header
///  40  8  first usable LBA
///  48  8  last usable LBA, inclusive
///  56 16  disk GUID
///  72  8  LBA of the entries
///  80  4  number of entries
///  84  4  size of an entry
///  88  4  CRC-32 of the entries
/// </code>
/// </summary>
internal static class GptFormat
{
    public const int SectorSize = 512;
    public const int HeaderSize = 92;
    public const int EntrySize = 128;
    public const int EntryCount = 128;
    public const int NameUnits = 36;
    public const uint Revision = 0x0001_0000;

    /// <summary>Tables are made with 128 entries; some hold more, none honestly this many.</summary>
    public const int MaximumEntries = 1024;

    /// <summary>The entries take 32 sectors of 512 bytes.</summary>
    public const int EntrySectors = EntryCount * EntrySize / SectorSize;

    public const long FirstUsable = 2 + EntrySectors;

    public static ReadOnlySpan<byte> Signature => "EFI PART"u8;
}
