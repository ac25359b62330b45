using System.Buffers.Binary;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Ext4;

/// <summary>Finds inodes and blocks of an ext2, ext3 or ext4 file system (Linux: Documentation/filesystems/ext4/super.rst, group_descr.rst).</summary>
internal sealed class Ext4Volume
{
    private const int SuperOffset = 1024;
    private const int SuperSize = 1024;
    private const int Magic = 0xef53;
    private const uint Wide = 0x80;

    /// <summary>
    /// Features that change nothing of what is read here, or that are read: file types in folders, extents, 64 bits, the guard against two mounts, groups together, attributes in inodes of
    /// their own, a seed of checksums, large folders, folders that fold cases.
    /// </summary>
    private const uint KnownFeatures = 0x2 | 0x40 | Wide | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x20000;

    private readonly IExtentSource file;
    private readonly uint inodes;
    private readonly uint inodesPerGroup;
    private readonly int inodeSize;
    private readonly long groups;
    private readonly int groupSize;

    public Ext4Volume(IExtentSource file)
    {
        this.file = file;
        byte[] super = Bytes(SuperOffset, SuperSize);
        if (Short(0x38) != Magic)
            throw Malformed(SuperOffset, "it does not begin as it must");
        bool first = Word(0x4c) == 0;
        uint features = first ? 0 : Word(0x60);
        if ((features & ~KnownFeatures) != 0)
            throw Ext4Faults.Unknown(file.Name, features & ~KnownFeatures).Raise();
        if (Word(0x18) > 6)
            throw Malformed(SuperOffset + 0x18, $"blocks of 2^{Word(0x18)} KiB");
        BlockSize = 1024 << (int)Word(0x18);
        inodes = Word(0);
        inodesPerGroup = Word(0x28);
        inodeSize = first ? 128 : Short(0x58);
        groups = (Word(0x14) + 1L) * BlockSize;
        groupSize = (features & Wide) == 0 ? 32 : Short(0xfe);
        HasFileTypes = (features & 2) != 0;
        if (inodesPerGroup == 0 || inodeSize < 128 || inodeSize > BlockSize || !int.IsPow2(inodeSize))
            throw Malformed(SuperOffset + 0x28, $"{inodesPerGroup} inodes of {inodeSize} bytes in a group");
        if (groupSize < 32 || groupSize > BlockSize)
            throw Malformed(SuperOffset + 0xfe, $"groups are described by {groupSize} bytes");

        int Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(super.AsSpan(at));

        uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(super.AsSpan(at));
    }

    public int BlockSize { get; }

    /// <summary>Folders give the kind of what they name, and lengths of names have one byte.</summary>
    public bool HasFileTypes { get; }

    public Ext4Inode Inode(uint number)
    {
        if (number == 0 || number > inodes)
            throw Malformed(SuperOffset, $"inode {number} is not in it");
        byte[] group = Bytes(groups + ((number - 1) / inodesPerGroup * (long)groupSize), groupSize);
        long table = BinaryPrimitives.ReadUInt32LittleEndian(group.AsSpan(8)) | (groupSize >= 64 ? (long)BinaryPrimitives.ReadUInt32LittleEndian(group.AsSpan(0x28)) << 32 : 0);
        long offset = OffsetOf(table) + ((number - 1) % inodesPerGroup * (long)inodeSize);
        return Ext4Inode.Parse(Bytes(offset, inodeSize), offset);
    }

    public byte[] Block(long number) => Bytes(OffsetOf(number), BlockSize);

    public FactoryException Malformed(long offset, string what) => Ext4Faults.Malformed(file.Name, offset, what).Raise();

    private long OffsetOf(long block) => block <= file.Length / BlockSize ? block * BlockSize : throw Malformed(0, $"block {block} is not in it");

    private byte[] Bytes(long offset, int size) =>
        offset >= 0 && file.Holds(offset, size) ? file.ReadBytes(offset, size) : throw Malformed(offset, $"{size} bytes there are not in it");
}
