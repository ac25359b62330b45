using System.Buffers.Binary;

namespace ImageFactory.Images.Erofs;

/// <summary>An inode of 32 or 64 bytes. Numbers are little-endian.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>0, 2 bytes</term><description>bit 0: 64 bytes; bits 1 to 3: where the data is</description></item>
/// <item><term>2, 2 bytes</term><description>room for extended attributes: 0, or n for 12 + 4 (n - 1) bytes behind the inode</description></item>
/// <item><term>4, 2 bytes</term><description>mode</description></item>
/// <item><term>8, 4 or 8 bytes</term><description>size</description></item>
/// <item><term>16, 4 bytes</term><description>first block of the data</description></item>
/// <item><term>24</term><description>owner and group, two bytes each, or four of a large one</description></item>
/// </list>
/// </remarks>
/// <param name="End">Offset behind the inode, where its attributes begin.</param>
/// <param name="DataInline">The last, partial block of the data stands behind the attributes.</param>
internal sealed record ErofsInode(long End, int XattrSize, int Mode, uint Uid, uint Gid, long Size, long FirstBlock, bool DataInline, bool DataPlain)
{
    public const int LargestSize = 64;

    private const int Folder = 0x4000;
    private const int TypeMask = 0xf000;
    private const int LayoutPlain = 0;
    private const int LayoutInline = 2;

    public bool IsFolder => (Mode & TypeMask) == Folder;

    public static ErofsInode Parse(ReadOnlySpan<byte> bytes, long offset)
    {
        int format = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        bool large = (format & 1) != 0;
        int layout = (format >> 1) & 7;
        int attributes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        return new ErofsInode(
            offset + (large ? LargestSize : LargestSize / 2),
            attributes == 0 ? 0 : 12 + (4 * (attributes - 1)),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            large ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]),
            large ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]),
            large ? BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            layout == LayoutInline,
            layout == LayoutPlain);
    }
}
