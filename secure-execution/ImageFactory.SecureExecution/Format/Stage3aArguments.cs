using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>The last 24 bytes of stage3a: where header and IPIB are, seen from these bytes.</summary>
/// <remarks>
/// B is their own address, 0x10000 + size of stage3a - 24; big-endian (SE format, section 7):
/// <code>
/// off  size  field
///  00     8  address of the SE header - B
///  08     8  size of the SE header
///  10     8  address of the IPIB - B
/// </code>
/// </remarks>
internal static class Stage3aArguments
{
    public const int Size = 24;

    public static void Write(Span<byte> stage3a, long headerAddress, int headerSize, long ipibAddress)
    {
        long own = ImageFormat.Stage3aAddress + stage3a.Length - Size;
        Span<byte> arguments = stage3a[^Size..];
        BinaryPrimitives.WriteInt64BigEndian(arguments, headerAddress - own);
        BinaryPrimitives.WriteInt64BigEndian(arguments[8..], headerSize);
        BinaryPrimitives.WriteInt64BigEndian(arguments[16..], ipibAddress - own);
    }

    /// <summary>
    /// Finds the arguments by what they must say. For images without metadata, whose size of stage3a nobody has written down.
    /// </summary>
    /// <param name="region">The image from 0x10000 to the header.</param>
    /// <returns>The size of stage3a and the address of the IPIB; null when nothing or more than one place fits.</returns>
    public static (int Stage3aSize, long IpibAddress)? TryFind(ReadOnlySpan<byte> region, int headerSize)
    {
        (int, long)? found = null;
        long header = ImageFormat.Stage3aAddress + region.Length;
        for (int at = 0; at + Size <= region.Length; at++)
        {
            ReadOnlySpan<byte> arguments = region.Slice(at, Size);
            long own = ImageFormat.Stage3aAddress + at;
            if (BinaryPrimitives.ReadInt64BigEndian(arguments[8..]) != headerSize || BinaryPrimitives.ReadInt64BigEndian(arguments) != header - own)
                continue;
            long distance = BinaryPrimitives.ReadInt64BigEndian(arguments[16..]);
            if (distance <= 0 || distance > long.MaxValue - own)
                continue;
            if (found is not null)
                return null;
            found = (at + Size, own + distance);
        }

        return found;
    }
}
