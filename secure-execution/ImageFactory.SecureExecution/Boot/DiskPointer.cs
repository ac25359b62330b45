using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>A run of 512-byte blocks of the disk.</summary>
/// <remarks>
/// Big-endian, 16 bytes (s390x disk, section 2.1):
/// <code>
/// off  size  field
///   0     8  LBA
///   8     2  block size, 512
///  10     2  number of blocks minus one
///  12     4  0
/// </code>
/// </remarks>
internal readonly record struct DiskPointer(long Lba, int Count)
{
    public const int Size = 16;

    public const int MaximumCount = 65536;

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, Lba);
        BinaryPrimitives.WriteUInt16BigEndian(target[8..], FileBlocks.BlockSize);
        BinaryPrimitives.WriteUInt16BigEndian(target[10..], (ushort)(Count - 1));
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], 0);
    }
}
