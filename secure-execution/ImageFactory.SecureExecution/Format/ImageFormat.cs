using System.Numerics;

namespace ImageFactory.SecureExecution.Format;

/// <summary>Places and constants of an image. A file offset is a guest address (SE format, section 1).</summary>
internal static class ImageFormat
{
    public const int PageSize = 4096;

    public const int MetadataAddress = 0xC000;

    public const int Stage3aAddress = 0x10000;

    /// <summary>Old extraction tools search from here on.</summary>
    public const int MinimumHeaderAddress = 0x14000;

    /// <summary>Where stage3b starts Linux, and the mask it starts it with.</summary>
    public const ulong LinuxEntry = 0x10000;

    public const ulong LinuxPswMask = 0x0000_0001_8000_0000;

    /// <summary>
    /// Mask bits EA and BA, the "short PSW" marker (bit 12), and stage3a's entry 0x11000 (SE format, section 1.1).
    /// </summary>
    public static ReadOnlySpan<byte> ShortPsw => [0x00, 0x08, 0x00, 0x01, 0x80, 0x01, 0x10, 0x00];

    public static long RoundUp(long value) => (value + PageSize - 1) & ~(PageSize - 1L);

    public static long RoundUp(long value, long multiple) =>
        BitOperations.IsPow2(multiple) ? (value + multiple - 1) & ~(multiple - 1) : (value + multiple - 1) / multiple * multiple;
}
