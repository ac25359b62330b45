using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>Tells readers where header and IPIB are. Images of tools before s390-tools 2.36 have none.</summary>
/// <remarks>
/// At 0xC000, big-endian (SE format, section 1.2):
/// <code>
/// off  size  field
///  00     8  "SeImgLnx"
///  08     8  offset of the SE header
///  10     4  version, 1
///  14     8  offset of the IPIB
/// </code>
/// </remarks>
internal readonly record struct ImageMetadata(ulong HeaderOffset, uint Version, ulong IpibOffset)
{
    public const int Size = 28;

    public const uint CurrentVersion = 1;

    public static ReadOnlySpan<byte> Magic => "SeImgLnx"u8;

    public static ImageMetadata? TryRead(ReadOnlySpan<byte> data) =>
        data.Length >= Size && data.StartsWith(Magic)
            ? new ImageMetadata(
                BinaryPrimitives.ReadUInt64BigEndian(data[8..]),
                BinaryPrimitives.ReadUInt32BigEndian(data[16..]),
                BinaryPrimitives.ReadUInt64BigEndian(data[20..]))
            : null;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), HeaderOffset);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), Version);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(20), IpibOffset);
        return bytes;
    }
}
