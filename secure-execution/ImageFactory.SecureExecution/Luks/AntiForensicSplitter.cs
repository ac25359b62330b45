using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>
/// Spreads a key over many stripes so that losing any of them loses the key (s390x disk, section 1.5; the "luks1" splitter).
/// </summary>
internal static class AntiForensicSplitter
{
    /// <summary>Fixed in cryptsetup's code; the number in the JSON is not used.</summary>
    public const int Stripes = 4000;

    /// <summary>key.Length · stripes bytes. All but the last stripe are random, drawn as one piece.</summary>
    public static SecretBytes Split(ReadOnlySpan<byte> key, int stripes, HashAlgorithmName hash, RandomSource random)
    {
        SecretBytes split = new(key.Length * stripes);
        Span<byte> all = split.Span;
        random.Fill(all[..^key.Length]);
        using SecretBytes mixed = new(key.Length);
        for (int i = 0; i < stripes - 1; i++)
            Mix(mixed.Span, all.Slice(i * key.Length, key.Length), hash);
        Xor(mixed.Span, key);
        mixed.Span.CopyTo(all[^key.Length..]);
        return split;
    }

    public static SecretBytes Merge(ReadOnlySpan<byte> split, int keySize, HashAlgorithmName hash)
    {
        SecretBytes key = new(keySize);
        for (int at = 0; at < split.Length - keySize; at += keySize)
            Mix(key.Span, split.Slice(at, keySize), hash);
        Xor(key.Span, split[^keySize..]);
        return key;
    }

    /// <summary>Each piece of the hash's size becomes the hash of its number and itself; the last may be shorter.</summary>
    public static void Diffuse(Span<byte> data, HashAlgorithmName hash)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(hash);
        Span<byte> number = stackalloc byte[sizeof(uint)];
        Span<byte> result = stackalloc byte[SHA512.HashSizeInBytes];
        for (int piece = 0; piece * digest.HashLengthInBytes < data.Length; piece++)
        {
            Span<byte> part = data[(piece * digest.HashLengthInBytes)..];
            part = part[..Math.Min(part.Length, digest.HashLengthInBytes)];
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)piece);
            digest.AppendData(number);
            digest.AppendData(part);
            digest.GetHashAndReset(result);
            result[..part.Length].CopyTo(part);
        }

        CryptographicOperations.ZeroMemory(result);
    }

    private static void Mix(Span<byte> mixed, ReadOnlySpan<byte> stripe, HashAlgorithmName hash)
    {
        Xor(mixed, stripe);
        Diffuse(mixed, hash);
    }

    private static void Xor(Span<byte> target, ReadOnlySpan<byte> other)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] ^= other[i];
    }
}
