using System.Buffers.Binary;

namespace ImageFactory.Images.Vhd;

/// <summary>
/// The footer of a VHD, its last 512 bytes, of a dynamic one the first too; all numbers big-endian.
/// <code>
///   0  8  cookie "conectix"
///   8  4  features: 2, a reserved bit that is always set
///  12  4  version: 1.0
///  16  8  offset of the next structure: all ones, a fixed disk has none; 512 for a dynamic one
///  24  4  time stamp, seconds since 2000: zero here, so that equal disks give equal bytes
///  28  4  creator application
///  32  4  creator version
///  36  4  creator host: "Wi2k"
///  40  8  original size in bytes
///  48  8  current size in bytes
///  56  4  geometry: 65535 cylinders, 16 heads, 255 sectors, which means "see the size"
///  60  4  type: 2, fixed; 3, dynamic
///  64  4  checksum: complement of the sum of all other bytes
///  68 16  unique id
///  84  1  saved state: 0
///  85 427 zeros
/// </code>
/// </summary>
public static class VhdFooter
{
    public const int Size = 512;

    /// <param name="diskSize">Bytes of the disk, a whole number of sectors.</param>
    /// <param name="id">Tells disks apart; derived from the content it makes the footer reproducible.</param>
    /// <param name="dynamic">Of a dynamic disk.</param>
    public static byte[] Make(long diskSize, Guid id, bool dynamic = false)
    {
        byte[] footer = new byte[Size];
        "conectix"u8.CopyTo(footer);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(12), 0x0001_0000);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(16), dynamic ? Size : ulong.MaxValue);
        "imgf"u8.CopyTo(footer.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(32), 0x0001_0000);
        "Wi2k"u8.CopyTo(footer.AsSpan(36));
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(40), diskSize);
        BinaryPrimitives.WriteInt64BigEndian(footer.AsSpan(48), diskSize);
        BinaryPrimitives.WriteUInt16BigEndian(footer.AsSpan(56), ushort.MaxValue);
        footer[58] = 16;
        footer[59] = 255;
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(60), dynamic ? 3u : 2u);
        id.TryWriteBytes(footer.AsSpan(68), bigEndian: true, out _);
        uint sum = 0;
        foreach (byte value in footer)
            sum += value;
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(64), ~sum);
        return footer;
    }
}
