using System.Buffers.Binary;

namespace ImageFactory.Images.Ext4;

/// <summary>
/// An inode (Linux: Documentation/filesystems/ext4/inodes.rst), little-endian: mode at 0 (2 bytes), uid at 2 and its upper half at 0x78, size at 4 and 0x6c, gid at 0x18 and 0x7a, flags at
/// 0x20, block map at 0x28 (60 bytes), attribute block at 0x68 and 0x76; where inodes are larger than 128 bytes, the length of the further fields at 0x80.
/// </summary>
internal sealed record Ext4Inode
{
    public const int MapSize = 60;
    private const int OldSize = 128;
    private const uint ExtentsFlag = 0x80000;

    public required long Offset { get; init; }

    public required int Mode { get; init; }

    public required uint Uid { get; init; }

    public required uint Gid { get; init; }

    public required long Size { get; init; }

    public required bool HasExtents { get; init; }

    public required byte[] Map { get; init; }

    /// <summary>The block with attributes; 0 for none.</summary>
    public required long AttributeBlock { get; init; }

    /// <summary>What is behind the fields: attributes, where there are some.</summary>
    public required byte[] Rest { get; init; }

    public bool IsFolder => (Mode & 0xf000) == 0x4000;

    /// <param name="bytes">All of it, 128 bytes or more.</param>
    public static Ext4Inode Parse(byte[] bytes, long offset)
    {
        int further = bytes.Length > OldSize ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x80)) : 0;
        return new Ext4Inode
        {
            Offset = offset,
            Mode = Short(0),
            Uid = (uint)(Short(2) | (Short(0x78) << 16)),
            Gid = (uint)(Short(0x18) | (Short(0x7a) << 16)),
            Size = Word(4) | ((long)Word(0x6c) << 32),
            HasExtents = (Word(0x20) & ExtentsFlag) != 0,
            Map = bytes[0x28..(0x28 + MapSize)],
            AttributeBlock = Word(0x68) | ((long)Short(0x76) << 32),
            Rest = bytes[Math.Min(OldSize + further, bytes.Length)..],
        };

        int Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

        uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
    }
}
