using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>Opens a LUKS2 container as cryptsetup does, to prove that a passphrase fits. Knows what the writer writes: PBKDF2, AES-XTS, one segment.</summary>
public static class Luks2Reader
{
    private const int BinarySize = 4096;
    private const int ChecksumOffset = 448;
    private const int ChecksumSize = 64;
    private const int MaximumIterations = 10_000_000;

    /// <summary>Tests both headers and opens a key slot.</summary>
    /// <param name="container">Positioned anywhere; its first byte is the container's.</param>
    /// <returns>The volume key.</returns>
    /// <exception cref="FactoryException">IFS704: no such container, or a damaged one. IFS705: wrong passphrase.</exception>
    public static SecretBytes Unlock(Stream container, SecretBytes passphrase, string where)
    {
        byte[] primary = ReadHeader(container, 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE], where);
        ReadHeader(container, primary.Length, [0x53, 0x4B, 0x55, 0x4C, 0xBA, 0xBE], where);
        try
        {
            ReadOnlyMemory<byte> text = primary.AsMemory(BinarySize);
            using JsonDocument json = JsonDocument.Parse(text[..text.Span.IndexOf((byte)0)]);
            return Unlock(container, json.RootElement, passphrase, where);
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new FactoryException(LuksFaults.NotAContainer(where, "its JSON text is damaged or of a kind that is not known"), cause);
        }
    }

    private static byte[] ReadHeader(Stream container, long offset, ReadOnlySpan<byte> magic, string where)
    {
        byte[]? start = container.TryReadAt(offset, BinarySize);
        if (start is null || !start.AsSpan().StartsWith(magic) || BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(6)) != 2)
            throw new FactoryException(LuksFaults.NotAContainer(where, string.Create(CultureInfo.InvariantCulture, $"there is no header at {offset}")));
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(start.AsSpan(8));
        if (size is < 16384 or > 4 << 20 || container.TryReadAt(offset, (int)size) is not { } header || header[^1] != 0)
            throw new FactoryException(LuksFaults.NotAContainer(where, $"a header cannot have {size} bytes"));
        byte[] stated = header.AsSpan(ChecksumOffset, ChecksumSize).ToArray();
        header.AsSpan(ChecksumOffset, ChecksumSize).Clear();
        return SHA256.HashData(header).AsSpan().SequenceEqual(stated.AsSpan(0, 32))
            ? header
            : throw new FactoryException(LuksFaults.NotAContainer(where, string.Create(CultureInfo.InvariantCulture, $"the checksum of the header at {offset} is wrong")));
    }

    private static SecretBytes Unlock(Stream container, JsonElement json, SecretBytes passphrase, string where)
    {
        JsonElement digest = json.GetProperty("digests").EnumerateObject().First().Value;
        foreach (JsonProperty slot in json.GetProperty("keyslots").EnumerateObject())
        {
            SecretBytes candidate = OpenSlot(container, slot.Value, passphrase, where);
            byte[] found = Rfc2898DeriveBytes.Pbkdf2(
                candidate.Span,
                digest.GetProperty("salt").GetBytesFromBase64(),
                Iterations(digest, where),
                HashAlgorithmName.SHA256,
                Luks2Header.DigestSize);
            if (found.AsSpan().SequenceEqual(digest.GetProperty("digest").GetBytesFromBase64()))
                return candidate;
            candidate.Dispose();
        }

        throw new FactoryException(LuksFaults.WrongPassphrase(where));
    }

    private static SecretBytes OpenSlot(Stream container, JsonElement slot, SecretBytes passphrase, string where)
    {
        JsonElement kdf = slot.GetProperty("kdf");
        JsonElement area = slot.GetProperty("area");
        if (kdf.GetProperty("type").GetString() != "pbkdf2" || kdf.GetProperty("hash").GetString() != "sha256" || area.GetProperty("encryption").GetString() != "aes-xts-plain64")
            throw new FactoryException(LuksFaults.NotAContainer(where, "the key slot is of a kind that is not known"));
        int keySize = slot.GetProperty("key_size").GetInt32();
        long offset = long.Parse(area.GetProperty("offset").GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);
        if (keySize is not (32 or 64) || container.TryReadAt(offset, Luks2Header.SplitSize(keySize)) is not { } split)
            throw new FactoryException(LuksFaults.NotAContainer(where, "the key slot lies outside"));
        using AreaCipher cipher = Luks2Header.OpenArea(passphrase.Span, kdf.GetProperty("salt").GetBytesFromBase64(), Iterations(kdf, where), keySize);
        cipher.Decrypt(split);
        try
        {
            return AntiForensicSplitter.Merge(split, keySize, HashAlgorithmName.SHA256);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(split);
        }
    }

    private static int Iterations(JsonElement kdf, string where)
    {
        int iterations = kdf.GetProperty("iterations").GetInt32();
        return iterations is >= 1 and <= MaximumIterations
            ? iterations
            : throw new FactoryException(LuksFaults.NotAContainer(where, $"{iterations} iterations"));
    }
}
