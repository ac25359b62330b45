using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ImageFactory.SecureExecution.Cryptography;

/// <summary>
/// AES-XTS (IEEE 1619) over whole data units, without ciphertext stealing. The base library has no XTS, but its ECB
/// runs at the speed of the hardware, so a batch of units is masked, encrypted as one ECB call, and masked again
/// (SE format, section 5.1).
/// </summary>
/// <remarks>
/// The key's first half encrypts data, the second tweaks. A tweak is the 16 bytes that are encrypted as they are;
/// who calls decides what they mean. Not safe for use by two threads at a time.
/// </remarks>
internal sealed class AesXts : IDisposable
{
    public const int TweakSize = 16;

    /// <summary>Bytes in one ECB call: data and masks together stay in a core's second-level cache.</summary>
    private const int BatchSize = 128 * 1024;

    private readonly Aes dataCipher;
    private readonly Aes tweakCipher;
    private readonly byte[] masks = GC.AllocateUninitializedArray<byte>(BatchSize, pinned: true);
    private readonly byte[] tweakBuffer = GC.AllocateUninitializedArray<byte>(BatchSize / 512 * TweakSize, pinned: true);

    /// <param name="key">32 bytes for AES-128-XTS, 64 for AES-256-XTS.</param>
    /// <exception cref="ArgumentException">Another size, or two equal halves: those would turn XTS into a weaker mode.</exception>
    public AesXts(ReadOnlySpan<byte> key)
    {
        if (key.Length is not (32 or 64))
            throw new ArgumentException($"an XTS key has 32 or 64 bytes, not {key.Length}", nameof(key));
        if (HasEqualHalves(key))
            throw new ArgumentException("the two halves of an XTS key must differ", nameof(key));
        int half = key.Length / 2;
        dataCipher = Aes.Create();
        dataCipher.SetKey(key[..half]);
        tweakCipher = Aes.Create();
        tweakCipher.SetKey(key[half..]);
    }

    public static bool HasEqualHalves(ReadOnlySpan<byte> key) =>
        CryptographicOperations.FixedTimeEquals(key[..(key.Length / 2)], key[(key.Length / 2)..]);

    /// <summary>Encrypts in place.</summary>
    /// <param name="data">Whole units.</param>
    /// <param name="unitSize">Size of a unit: 512 to 4096 bytes, a power of two.</param>
    /// <param name="tweaks">16 bytes for each unit.</param>
    public void Encrypt(Span<byte> data, int unitSize, ReadOnlySpan<byte> tweaks) => Transform(data, unitSize, tweaks, encrypt: true);

    /// <summary>Decrypts in place; see <see cref="Encrypt"/>.</summary>
    public void Decrypt(Span<byte> data, int unitSize, ReadOnlySpan<byte> tweaks) => Transform(data, unitSize, tweaks, encrypt: false);

    public void Dispose()
    {
        dataCipher.Dispose();
        tweakCipher.Dispose();
        CryptographicOperations.ZeroMemory(masks);
        CryptographicOperations.ZeroMemory(tweakBuffer);
    }

    private void Transform(Span<byte> data, int unitSize, ReadOnlySpan<byte> tweaks, bool encrypt)
    {
        if (!BitOperations.IsPow2(unitSize) || unitSize is < 512 or > 4096)
            throw new ArgumentOutOfRangeException(nameof(unitSize), unitSize, "a unit has 512 to 4096 bytes");
        if (data.Length % unitSize != 0 || tweaks.Length != data.Length / unitSize * TweakSize)
            throw new ArgumentException("the data must be whole units with one tweak each", nameof(data));

        int unitsPerBatch = BatchSize / unitSize;
        while (!data.IsEmpty)
        {
            int units = Math.Min(unitsPerBatch, data.Length / unitSize);
            Span<byte> batch = data[..(units * unitSize)];
            Span<byte> mask = masks.AsSpan(0, batch.Length);
            ExpandMasks(tweaks[..(units * TweakSize)], unitSize, mask);

            Xor(batch, mask);
            if (encrypt)
                dataCipher.EncryptEcb(batch, batch, PaddingMode.None);
            else
                dataCipher.DecryptEcb(batch, batch, PaddingMode.None);
            Xor(batch, mask);

            data = data[batch.Length..];
            tweaks = tweaks[(units * TweakSize)..];
        }
    }

    private void ExpandMasks(ReadOnlySpan<byte> tweaks, int unitSize, Span<byte> mask)
    {
        Span<byte> encrypted = tweakBuffer.AsSpan(0, tweaks.Length);
        tweakCipher.EncryptEcb(tweaks, encrypted, PaddingMode.None);
        for (int unit = 0; unit * TweakSize < encrypted.Length; unit++)
            ExpandMask(encrypted.Slice(unit * TweakSize, TweakSize), mask.Slice(unit * unitSize, unitSize));
    }

    /// <summary>The encrypted tweak, then each time multiplied by x in GF(2^128), taken as a little-endian number.</summary>
    /// <remarks>Compiled at full speed at once, as is <see cref="Xor"/>: a program that makes one image would spend half of it in slow first-tier code.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandMask(ReadOnlySpan<byte> encryptedTweak, Span<byte> mask)
    {
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(encryptedTweak);
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(encryptedTweak[8..]);
        for (int at = 0; at + TweakSize <= mask.Length; at += TweakSize)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(mask[at..], low);
            BinaryPrimitives.WriteUInt64LittleEndian(mask[(at + 8)..], high);
            ulong carry = (ulong)((long)high >> 63) & 0x87;
            high = (high << 1) | (low >> 63);
            low = (low << 1) ^ carry;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Xor(Span<byte> data, ReadOnlySpan<byte> mask)
    {
        // A unit is at least 512 bytes and the longest vector 64, so nothing is left over.
        Span<Vector<byte>> left = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        ReadOnlySpan<Vector<byte>> right = MemoryMarshal.Cast<byte, Vector<byte>>(mask);
        for (int i = 0; i < left.Length; i++)
            left[i] ^= right[i];
    }
}
