using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>The first bytes of a container: two headers with the same JSON text, and the area of the one key slot.</summary>
/// <remarks>
/// Container: primary header (16 KiB) · secondary header (16 KiB) · key slot areas · data. Each header is a binary part and
/// a JSON text, zero-padded. Binary part, big-endian (s390x disk, section 1.2):
/// <code>
/// off  size  field
///   0     6  "LUKS" BA BE in the primary, "SKUL" BA BE in the secondary
///   6     2  version, 2
///   8     8  size of the header with its JSON, 16384
///  16     8  sequence number, 1
///  24    48  label
///  72    32  "sha256"
/// 104    64  salt, another one in each
/// 168    40  UUID
/// 208    48  subsystem, empty
/// 256     8  offset of this header
/// 448    64  SHA-256 over the header with these bytes zero
/// </code>
/// </remarks>
internal static class Luks2Header
{
    public const int HeaderSize = 16384;
    public const int AreaOffset = 2 * HeaderSize;
    public const int SaltSize = 32;
    public const int DigestSize = 32;

    /// <summary>The key slot area is encrypted in units of this size, whatever the data has.</summary>
    public const int AreaSectorSize = 512;

    private const int BinarySize = 4096;
    private const int HeaderSaltSize = 64;
    private const int ChecksumOffset = 448;

    public static int SplitSize(int keySize) => keySize * AntiForensicSplitter.Stripes;

    public static int AreaSize(int keySize) => (SplitSize(keySize) + BinarySize - 1) / BinarySize * BinarySize;

    /// <summary>Bytes 0 up to the end of the key slot area. The rest up to the data is zero.</summary>
    public static byte[] Create(Luks2Settings settings, SecretBytes volumeKey, SecretBytes passphrase, RandomSource random)
    {
        byte[] slotSalt = new byte[SaltSize];
        byte[] digestSalt = new byte[SaltSize];
        random.Fill(slotSalt);
        random.Fill(digestSalt);

        byte[] container = new byte[AreaOffset + AreaSize(settings.KeySize)];
        WriteArea(container.AsSpan(AreaOffset), settings, volumeKey, passphrase, slotSalt, random);
        byte[] digest = Rfc2898DeriveBytes.Pbkdf2(volumeKey.Span, digestSalt, settings.DigestIterations, HashAlgorithmName.SHA256, DigestSize);
        byte[] json = Encoding.ASCII.GetBytes(Json(settings, slotSalt, digestSalt, digest));
        WriteHeader(container.AsSpan(0, HeaderSize), "LUKS\u00ba\u00be", 0, settings, json, random);
        WriteHeader(container.AsSpan(HeaderSize, HeaderSize), "SKUL\u00ba\u00be", HeaderSize, settings, json, random);
        return container;
    }

    /// <summary>The units of the area are counted from its own start.</summary>
    public static AreaCipher OpenArea(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int iterations, int keySize)
    {
        using SecretBytes slotKey = new(keySize);
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, slotKey.Span, iterations, HashAlgorithmName.SHA256);
        return new AreaCipher(slotKey.Span);
    }

    private static void WriteArea(Span<byte> area, Luks2Settings settings, SecretBytes volumeKey, SecretBytes passphrase, byte[] salt, RandomSource random)
    {
        using SecretBytes split = AntiForensicSplitter.Split(volumeKey.Span, AntiForensicSplitter.Stripes, HashAlgorithmName.SHA256, random);
        using AreaCipher cipher = OpenArea(passphrase.Span, salt, settings.SlotIterations, settings.KeySize);
        cipher.Encrypt(split.Span);
        split.Span.CopyTo(area);
    }

    private static void WriteHeader(Span<byte> header, string magic, long offset, Luks2Settings settings, byte[] json, RandomSource random)
    {
        Encoding.Latin1.GetBytes(magic, header);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], 2);
        BinaryPrimitives.WriteInt64BigEndian(header[8..], HeaderSize);
        BinaryPrimitives.WriteInt64BigEndian(header[16..], 1);
        Encoding.ASCII.GetBytes(settings.Label, header.Slice(24, 47));
        "sha256"u8.CopyTo(header[72..]);
        random.Fill(header.Slice(104, HeaderSaltSize));
        Encoding.ASCII.GetBytes(settings.Uuid.ToString("D", CultureInfo.InvariantCulture), header.Slice(168, 40));
        BinaryPrimitives.WriteInt64BigEndian(header[256..], offset);
        json.CopyTo(header[BinarySize..]);
        SHA256.HashData(header).CopyTo(header[ChecksumOffset..]);
    }

    /// <summary>Numbers of 64 bits are strings, the others numbers; without white space, as cryptsetup writes it (section 1.3).</summary>
    /// <remarks>The line ends and blanks below are for the reader of this code; no value has any.</remarks>
    private static string Json(Luks2Settings settings, byte[] slotSalt, byte[] digestSalt, byte[] digest) => FormattableString.Invariant(
        $$"""
        {"keyslots":{"0":{"type":"luks2","key_size":{{settings.KeySize}},
        "af":{"type":"luks1","stripes":{{AntiForensicSplitter.Stripes}},"hash":"sha256"},
        "area":{"type":"raw","offset":"{{AreaOffset}}","size":"{{AreaSize(settings.KeySize)}}","encryption":"aes-xts-plain64","key_size":{{settings.KeySize}} },
        "kdf":{"type":"pbkdf2","hash":"sha256","iterations":{{settings.SlotIterations}},"salt":"{{Convert.ToBase64String(slotSalt)}}"} } },
        "tokens":{},
        "segments":{"0":{"type":"crypt","offset":"{{settings.DataOffset}}","size":"dynamic","iv_tweak":"0",
        "encryption":"aes-xts-plain64","sector_size":{{settings.SectorSize}} } },
        "digests":{"0":{"type":"pbkdf2","keyslots":["0"],"segments":["0"],"hash":"sha256","iterations":{{settings.DigestIterations}},
        "salt":"{{Convert.ToBase64String(digestSalt)}}","digest":"{{Convert.ToBase64String(digest)}}"} },
        "config":{"json_size":"{{HeaderSize - BinarySize}}","keyslots_size":"{{settings.DataOffset - AreaOffset}}"} }
        """).Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
}
