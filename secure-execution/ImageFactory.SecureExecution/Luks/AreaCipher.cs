using System.Buffers.Binary;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>aes-xts-plain64 over a key slot area: units of 512 bytes, numbered from the start of the area.</summary>
internal sealed class AreaCipher(ReadOnlySpan<byte> key) : IDisposable
{
    private readonly AesXts cipher = new(key);

    public void Encrypt(Span<byte> area) => cipher.Encrypt(area, Luks2Header.AreaSectorSize, Tweaks(area.Length));

    public void Decrypt(Span<byte> area) => cipher.Decrypt(area, Luks2Header.AreaSectorSize, Tweaks(area.Length));

    public void Dispose() => cipher.Dispose();

    private static byte[] Tweaks(int length)
    {
        byte[] tweaks = new byte[length / Luks2Header.AreaSectorSize * AesXts.TweakSize];
        SectorTweaks.Write(0, Luks2Header.AreaSectorSize, tweaks);
        return tweaks;
    }
}

/// <summary>
/// The "plain64" tweak: the number of a sector, little-endian, and zeros. It counts 512-byte units also when sectors are larger (s390x disk, section 1.6).
/// </summary>
internal static class SectorTweaks
{
    private const int Unit = 512;

    public static void Write(long offset, int sectorSize, Span<byte> tweaks)
    {
        tweaks.Clear();
        long number = offset / Unit;
        for (int at = 0; at < tweaks.Length; at += AesXts.TweakSize)
        {
            BinaryPrimitives.WriteInt64LittleEndian(tweaks[at..], number);
            number += sectorSize / Unit;
        }
    }
}
