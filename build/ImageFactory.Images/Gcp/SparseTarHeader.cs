using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Gcp;

/// <summary>
/// The header of a sparse file in the old GNU form of tar (<c>tar --format=oldgnu -S</c>), which documented image imports use.
/// <code>
///   0 100  name                    257   8  magic "ustar  \0"
/// 100   8  mode                    265  64  user and group names
/// 108  16  user and group          345  12  access time           357 12 change time
/// 124  12  bytes in the archive    386  96  4 entries of offset 12, size 12
/// 136  12  modification time       482   1  1 when 512-byte blocks with 21 entries each follow (flag at 504)
/// 148   8  checksum                483  12  real size
/// 156   1  type 'S'
/// </code>
/// Numbers are octal digits; above them base-256: the first byte 0x80, the number big-endian at the end.
/// </summary>
internal static class SparseTarHeader
{
    public const int BlockSize = 512;

    private const int EntriesInHeader = 4;
    private const int EntriesInExtension = 21;

    /// <param name="name">File name, ASCII, at most 99 characters.</param>
    /// <param name="realSize">Size of the file with its holes.</param>
    /// <param name="data">Ranges of data; the last one may be empty and then says where the file ends.</param>
    /// <returns>Whole blocks.</returns>
    public static byte[] Make(string name, long realSize, IReadOnlyList<Extent> data)
    {
        int extensions = (Math.Max(0, data.Count - EntriesInHeader) + EntriesInExtension - 1) / EntriesInExtension;
        byte[] header = new byte[BlockSize * (1 + extensions)];
        Encoding.ASCII.GetBytes(name, header.AsSpan(0, 99));
        WriteNumber(header.AsSpan(100, 8), 0b110_100_100);
        WriteNumber(header.AsSpan(108, 8), 0);
        WriteNumber(header.AsSpan(116, 8), 0);
        WriteNumber(header.AsSpan(124, 12), data.Sum(d => d.Length));
        WriteNumber(header.AsSpan(136, 12), 0);
        header[156] = (byte)'S';
        "ustar  \0"u8.CopyTo(header.AsSpan(257));
        WriteEntries(header.AsSpan(386), data.Take(EntriesInHeader));
        header[482] = (byte)(extensions > 0 ? 1 : 0);
        WriteNumber(header.AsSpan(483, 12), realSize);
        for (int i = 0; i < extensions; i++)
        {
            Span<byte> block = header.AsSpan(BlockSize * (1 + i), BlockSize);
            WriteEntries(block, data.Skip(EntriesInHeader + (i * EntriesInExtension)).Take(EntriesInExtension));
            block[504] = (byte)(i + 1 < extensions ? 1 : 0);
        }

        WriteChecksum(header.AsSpan(0, BlockSize));
        return header;
    }

    private static void WriteEntries(Span<byte> at, IEnumerable<Extent> data)
    {
        foreach (Extent extent in data)
        {
            WriteNumber(at[..12], extent.Offset);
            WriteNumber(at[12..24], extent.Length);
            at = at[24..];
        }
    }

    private static void WriteNumber(Span<byte> field, long value)
    {
        string octal = Convert.ToString(value, 8);
        if (octal.Length < field.Length)
        {
            Encoding.ASCII.GetBytes(octal.PadLeft(field.Length - 1, '0'), field);
            return;
        }

        field.Clear();
        BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
        field[0] = 0x80;
    }

    /// <summary>The sum of all bytes, with blanks in the place of the sum: six octal digits, a zero byte and a blank.</summary>
    private static void WriteChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 "), header[148..]);
    }
}
