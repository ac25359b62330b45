using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Disk;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>
/// Writes a LUKS2 container in user space: no device mapper, no privileges (s390x disk, section 1). Of an ext4 file system only
/// blocks in use are encrypted and written, so the container stays sparse; of anything else every block.
/// </summary>
/// <remarks>Random values are drawn in this order: volume key, passphrase (64), slot salt, digest salt (32 each), AF stripes, two header salts (64).</remarks>
public sealed class Luks2Writer(RandomSource random)
{
    private const int PassphraseSize = 64;
    private const int BufferSize = 1 << 20;

    /// <summary>Bytes that a container of a file system takes.</summary>
    public static long SizeFor(Luks2Settings settings, long plaintextLength) => settings.DataOffset + plaintextLength;

    /// <param name="plaintext">The file system, seekable.</param>
    /// <param name="disk">Where the container goes. Reads as zeros there: what is not in use is not written.</param>
    /// <param name="start">First byte of the partition on the disk.</param>
    /// <param name="length">Bytes of the partition.</param>
    /// <exception cref="FactoryException">IFS701 to IFS703, before a byte is written.</exception>
    public async Task<Luks2Result> WriteAsync(Stream plaintext, Stream disk, long start, long length, Luks2Settings settings, CancellationToken cancellation)
    {
        Check(settings, plaintext.Length, length);
        using SecretBytes volumeKey = random.Draw(settings.KeySize);
        while (AesXts.HasEqualHalves(volumeKey.Span))
            random.Fill(volumeKey.Span);
        SecretBytes passphrase = random.Draw(PassphraseSize);
        try
        {
            byte[] header = Luks2Header.Create(settings, volumeKey, passphrase, random);
            disk.Position = start;
            await disk.WriteAsync(header, cancellation).ConfigureAwait(false);
            long written = await EncryptAsync(plaintext, disk, start + settings.DataOffset, settings.SectorSize, volumeKey, cancellation).ConfigureAwait(false);
            return new Luks2Result(settings.Uuid, SizeFor(settings, plaintext.Length), written, passphrase);
        }
        catch
        {
            passphrase.Dispose();
            throw;
        }
    }

    private static void Check(Luks2Settings settings, long plaintextLength, long length)
    {
        List<Fault> faults = [];
        if (settings.SectorSize is not (512 or 4096))
            faults.Add(LuksFaults.BadSetting("sector size", $"{settings.SectorSize} is not 512 or 4096"));
        else if (plaintextLength % settings.SectorSize != 0)
            faults.Add(LuksFaults.BadLength("root file system", plaintextLength, settings.SectorSize));
        if (settings.KeySize is not (32 or 64))
            faults.Add(LuksFaults.BadSetting("key size", $"{settings.KeySize} is not 32 or 64"));
        else if (settings.DataOffset % 4096 != 0 || settings.DataOffset < Luks2Header.AreaOffset + Luks2Header.AreaSize(settings.KeySize))
            faults.Add(LuksFaults.BadSetting("data offset", $"{settings.DataOffset} is no multiple of 4096 behind the key slot"));
        if (settings.SlotIterations < 1 || settings.DigestIterations < 1)
            faults.Add(LuksFaults.BadSetting("iterations", "at least one is needed"));
        if (settings.Label.Length > 47 || !settings.Label.All(char.IsAscii))
            faults.Add(LuksFaults.BadSetting("label", "a label has at most 47 ASCII characters"));
        if (SizeFor(settings, plaintextLength) > length)
            faults.Add(LuksFaults.NoRoom(length, SizeFor(settings, plaintextLength)));
        FactoryException.ThrowIfAny(faults);
    }

    private static async Task<long> EncryptAsync(Stream plaintext, Stream disk, long target, int sectorSize, SecretBytes volumeKey, CancellationToken cancellation)
    {
        using AesXts cipher = new(volumeKey.Span);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
        byte[] tweaks = new byte[BufferSize / sectorSize * AesXts.TweakSize];
        long written = 0;
        try
        {
            foreach ((long offset, long count) in UsedRanges(plaintext, sectorSize))
            {
                for (long at = offset; at < offset + count; at += BufferSize)
                {
                    Memory<byte> part = buffer.AsMemory(0, (int)Math.Min(BufferSize, offset + count - at));
                    plaintext.Position = at;
                    await plaintext.ReadExactlyAsync(part, cancellation).ConfigureAwait(false);
                    Encrypt(cipher, part.Span, at, sectorSize, tweaks);
                    disk.Position = target + at;
                    await disk.WriteAsync(part, cancellation).ConfigureAwait(false);
                    written += part.Length;
                }
            }

            return written;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static void Encrypt(AesXts cipher, Span<byte> data, long offset, int sectorSize, byte[] tweaks)
    {
        Span<byte> used = tweaks.AsSpan(0, data.Length / sectorSize * AesXts.TweakSize);
        SectorTweaks.Write(offset, sectorSize, used);
        cipher.Encrypt(data, sectorSize, used);
    }

    /// <summary>Ranges in use, in whole sectors.</summary>
    private static IEnumerable<(long Offset, long Count)> UsedRanges(Stream plaintext, int sectorSize)
    {
        if (Ext4FileSystem.TryOpen(plaintext)?.TryReadUsedRanges(sectorSize) is not { } ranges)
            return [(0, plaintext.Length)];
        return ranges;
    }
}
