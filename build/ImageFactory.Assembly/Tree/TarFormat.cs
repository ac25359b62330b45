using System.Buffers.Binary;
using System.Text;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// The header block of a tar archive (POSIX ustar; GNU differs in the magic and after byte 345).
/// <code>
/// offset size field            offset size field
///      0  100 name               257    6 magic "ustar"
///    100    8 mode (octal)       263    2 version
///    108    8 uid                265   32 user name
///    116    8 gid                297   32 group name
///    124   12 size               329    8 device major
///    136   12 mtime              337    8 device minor
///    148    8 checksum           345  155 prefix of the name
///    156    1 type               500   12 unused
///    157  100 link name
/// </code>
/// A number whose first byte has bit 7 set is binary and big-endian (GNU), else octal digits.
/// </summary>
internal static class TarFormat
{
    public const int Block = 512;

    public const byte File = (byte)'0';
    public const byte OldFile = 0;
    public const byte HardLink = (byte)'1';
    public const byte SymbolicLink = (byte)'2';
    public const byte CharacterDevice = (byte)'3';
    public const byte BlockDevice = (byte)'4';
    public const byte Directory = (byte)'5';
    public const byte Fifo = (byte)'6';
    public const byte ContiguousFile = (byte)'7';
    public const byte PaxHeader = (byte)'x';
    public const byte PaxGlobalHeader = (byte)'g';
    public const byte GnuLongName = (byte)'L';
    public const byte GnuLongLink = (byte)'K';
    public const byte GnuSparse = (byte)'S';

    /// <summary>What pax calls extended attributes: the prefix of star, which GNU tar, bsdtar and libarchive share.</summary>
    public const string XattrPrefix = "SCHILY.xattr.";

    /// <summary>
    /// Our own key, for archives between our stages only: the content lies in another archive, which both know. Its value is where it starts and how long it is, in
    /// decimal digits with a space between; the entry itself has size 0.
    /// </summary>
    public const string ContentKey = "IMAGEFACTORY.content";

    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Range Name => 0..100;

    public static Range Mode => 100..108;

    public static Range Uid => 108..116;

    public static Range Gid => 116..124;

    public static Range Size => 124..136;

    public static Range ModifiedAt => 136..148;

    public static Range Checksum => 148..156;

    public const int TypeAt = 156;

    public static Range LinkName => 157..257;

    public static Range Magic => 257..263;

    public static Range Version => 263..265;

    public static Range DeviceMajor => 329..337;

    public static Range DeviceMinor => 337..345;

    public static Range Prefix => 345..500;

    public static long Padded(long size) => (size + Block - 1) / Block * Block;

    /// <summary>The sum of all bytes with the checksum field read as spaces.</summary>
    public static int SumOf(ReadOnlySpan<byte> header)
    {
        int sum = 8 * ' ';
        foreach (byte value in header[..148])
            sum += value;
        foreach (byte value in header[156..Block])
            sum += value;
        return sum;
    }

    /// <summary>False when the field holds no number or one that does not fit.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
            return TryReadBinary(field, out value);
        int at = 0;
        while (at < field.Length && field[at] == ' ')
            at++;
        for (; at < field.Length && field[at] is not (0 or (byte)' '); at++)
        {
            int digit = field[at] - '0';
            if (digit is < 0 or > 7)
                return false;
            value = (value << 3) | (uint)digit;
        }

        // After the terminator only padding may follow: digits there would be read by some tools and not by others.
        return field[at..].IndexOfAnyExcept((byte)0, (byte)' ') < 0;
    }

    private static bool TryReadBinary(ReadOnlySpan<byte> field, out long value)
    {
        bool negative = (field[0] & 0x40) != 0;
        byte filler = negative ? (byte)0xff : (byte)0;
        Span<byte> number = stackalloc byte[16];
        number.Fill(filler);
        field.CopyTo(number[^field.Length..]);
        number[^field.Length] = (byte)((field[0] & 0x7f) | (negative ? 0x80 : 0));
        value = BinaryPrimitives.ReadInt64BigEndian(number[8..]);
        return number[..8].IndexOfAnyExcept(filler) < 0 && value < 0 == negative;
    }
}
