using System.Buffers.Binary;
using System.Text;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Disk;

/// <summary>
/// Finds files of the root directory of an ext4 file system and where their blocks are. Reads only what is needed for a
/// boot partition, and trusts nothing it reads: every number is tested against the size of the file system.
/// </summary>
/// <remarks>
/// All numbers are little-endian. Superblock at 1024: at 0x00 inodes, 0x04 blocks (high half at 0x150), 0x14 first data
/// block, 0x18 block size as 1024 &lt;&lt; n, 0x20 blocks per group, 0x28 inodes per group, 0x38 magic EF53, 0x58 inode size, 0x60 incompatible
/// and 0x64 read-only compatible features, 0xCE reserved descriptor blocks, 0xFE descriptor size. Group descriptor: 0x00 block bitmap,
/// 0x04 inode bitmap, 0x08 inode table (high halves at 0x20, 0x24, 0x28), 0x12 flags.
/// Inode: 0x04 size (high half at 0x6C), 0x20 flags, 0x28 extent tree: header F30A, entries, maximum, depth; 12 bytes each.
/// </remarks>
internal sealed class Ext4FileSystem
{
    private const int SuperblockOffset = 1024;
    private const ushort Magic = 0xEF53;
    private const ushort ExtentMagic = 0xF30A;
    private const uint RootInode = 2;
    private const uint ExtentsFlag = 0x80000;
    private const uint InlineDataFlag = 0x10000000;
    private const uint Feature64Bit = 0x80;
    private const uint FeatureMetaGroups = 0x10;

    /// <summary>bigalloc: bits of the bitmaps stand for several blocks.</summary>
    private const uint FeatureClusters = 0x200;

    /// <summary>A longer length means: allocated, never written, reads as zeros.</summary>
    private const int LongestWrittenExtent = 32768;

    private const int MaximumDepth = 5;

    private const long MaximumDirectory = 16 << 20;

    private readonly Stream volume;
    private readonly int descriptorSize;
    private readonly uint inodesPerGroup;
    private readonly uint inodeCount;
    private readonly int inodeSize;
    private readonly bool has64Bit;
    private readonly bool hasClusters;
    private readonly int reservedDescriptorBlocks;

    private Ext4FileSystem(Stream volume, ReadOnlySpan<byte> superblock)
    {
        this.volume = volume;
        BlockSize = 1024 << (int)BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x18..]);
        uint features = BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x60..]);
        has64Bit = (features & Feature64Bit) != 0;
        inodeCount = BinaryPrimitives.ReadUInt32LittleEndian(superblock);
        BlockCount = Combine(BinaryPrimitives.ReadUInt32LittleEndian(superblock[4..]), has64Bit ? BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x150..]) : 0);
        FirstDataBlock = BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x14..]);
        BlocksPerGroup = BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x20..]);
        inodesPerGroup = BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x28..]);
        inodeSize = BinaryPrimitives.ReadUInt16LittleEndian(superblock[0x58..]);
        hasClusters = (BinaryPrimitives.ReadUInt32LittleEndian(superblock[0x64..]) & FeatureClusters) != 0;
        reservedDescriptorBlocks = BinaryPrimitives.ReadUInt16LittleEndian(superblock[0xCE..]);
        descriptorSize = has64Bit ? BinaryPrimitives.ReadUInt16LittleEndian(superblock[0xFE..]) : 32;
    }

    public int BlockSize { get; }

    public long BlockCount { get; }

    public uint FirstDataBlock { get; }

    public uint BlocksPerGroup { get; }

    /// <summary>Blocks of the table of group descriptors.</summary>
    public int DescriptorBlocks => (int)((((long)GroupCount * descriptorSize) + BlockSize - 1) / BlockSize);

    public int GroupCount => (int)((BlockCount - FirstDataBlock + BlocksPerGroup - 1) / BlocksPerGroup);

    /// <returns>Null when there is no ext4 (or one with features that change where things are).</returns>
    public static Ext4FileSystem? TryOpen(Stream volume)
    {
        if (volume.TryReadAt(SuperblockOffset, 1024) is not { } superblock
            || BinaryPrimitives.ReadUInt16LittleEndian(superblock.AsSpan(0x38)) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(0x18)) > 6)
            return null;
        Ext4FileSystem fileSystem = new(volume, superblock);
        return fileSystem.IsPlausible(BinaryPrimitives.ReadUInt32LittleEndian(superblock.AsSpan(0x60))) ? fileSystem : null;
    }

    /// <returns>Null when the root directory has no such file, or the way to it is damaged.</returns>
    public Ext4File? TryFind(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        if (TryReadInode(RootInode) is not { } root || ReadExtents(root) is not { } extents)
            return null;
        long size = Math.Min(FileSize(root), MaximumDirectory);
        foreach (Ext4Extent extent in extents)
        {
            for (long block = 0; block < extent.Count && (extent.LogicalBlock + block) * BlockSize < size; block++)
            {
                if (volume.TryReadAt((extent.PhysicalBlock + block) * BlockSize, BlockSize) is not { } directory)
                    return null;
                if (FindInBlock(directory, wanted) is { } number)
                    return TryReadInode(number) is { } inode && ReadExtents(inode) is { } found ? new Ext4File(FileSize(inode), BlockSize, found) : null;
            }
        }

        return null;
    }

    /// <summary>Byte ranges in use, rising, not touching, in whole multiples of <paramref name="granularity"/>.</summary>
    /// <returns>Null when that cannot be told: everything must be taken for used then.</returns>
    public IReadOnlyList<(long Offset, long Count)>? TryReadUsedRanges(int granularity) =>
        hasClusters ? null : Ext4UsedBlocks.TryRead(this, TryReadGroup, reservedDescriptorBlocks, volume.Length, granularity);

    private Ext4Group? TryReadGroup(int group)
    {
        if (TryReadDescriptor(group) is not { } descriptor)
            return null;
        int inodeTableBlocks = (int)(((inodesPerGroup * (long)inodeSize) + BlockSize - 1) / BlockSize);
        bool uninitialized = (BinaryPrimitives.ReadUInt16LittleEndian(descriptor.AsSpan(0x12)) & 2) != 0;
        long blockBitmap = Locate(descriptor, 0x00, 0x20);
        if (blockBitmap <= 0 || volume.TryReadAt(blockBitmap * BlockSize, BlockSize) is not { } bitmap)
            return null;
        return new Ext4Group(uninitialized ? null : bitmap, blockBitmap, Locate(descriptor, 0x04, 0x24), Locate(descriptor, 0x08, 0x28), inodeTableBlocks);
    }

    private static uint? FindInBlock(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        while (block.Length >= 8)
        {
            uint inode = BinaryPrimitives.ReadUInt32LittleEndian(block);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(block[4..]);
            int nameLength = block[6];
            if (length < 8 || length > block.Length || nameLength > length - 8)
                return null;
            if (inode != 0 && block.Slice(8, nameLength).SequenceEqual(name))
                return inode;
            block = block[length..];
        }

        return null;
    }

    private static long Combine(uint low, uint high) => (long)(((ulong)high << 32 | low) & long.MaxValue);

    private static long FileSize(ReadOnlySpan<byte> inode) =>
        Combine(BinaryPrimitives.ReadUInt32LittleEndian(inode[0x04..]), BinaryPrimitives.ReadUInt32LittleEndian(inode[0x6C..]));

    private bool IsPlausible(uint features) =>
        BlockCount > 0
        && BlockCount <= volume.Length / BlockSize
        && FirstDataBlock < BlockCount
        && BlocksPerGroup is > 0 && BlocksPerGroup <= 8L * BlockSize
        && inodesPerGroup > 0
        && inodeSize is >= 128 and <= 4096
        && descriptorSize is >= 32 and <= 1024
        && (features & FeatureMetaGroups) == 0;

    private long Locate(ReadOnlySpan<byte> descriptor, int low, int high) => Combine(
        BinaryPrimitives.ReadUInt32LittleEndian(descriptor[low..]),
        has64Bit && descriptorSize >= 64 ? BinaryPrimitives.ReadUInt32LittleEndian(descriptor[high..]) : 0) is var block && block < BlockCount ? block : -1;

    private byte[]? TryReadDescriptor(long group) =>
        group < 0 || group >= GroupCount ? null : volume.TryReadAt(((FirstDataBlock + 1L) * BlockSize) + (group * descriptorSize), descriptorSize);

    private byte[]? TryReadInode(uint number)
    {
        if (number == 0 || number > inodeCount || TryReadDescriptor((number - 1) / inodesPerGroup) is not { } descriptor)
            return null;
        long table = Locate(descriptor, 0x08, 0x28);
        return table <= 0 ? null : volume.TryReadAt((table * BlockSize) + ((number - 1) % inodesPerGroup * (long)inodeSize), inodeSize);
    }

    /// <summary>The extents in file order; null for a file that is not mapped by them, or a damaged tree.</summary>
    private List<Ext4Extent>? ReadExtents(ReadOnlySpan<byte> inode)
    {
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(inode[0x20..]);
        if ((flags & ExtentsFlag) == 0 || (flags & InlineDataFlag) != 0)
            return null;
        ExtentCollector extents = new(BlockCount);
        return ReadNode(inode.Slice(0x28, 60), MaximumDepth, extents) ? extents.Written : null;
    }

    private bool ReadNode(ReadOnlySpan<byte> node, int depthLimit, ExtentCollector extents)
    {
        int entries = BinaryPrimitives.ReadUInt16LittleEndian(node[2..]);
        int depth = BinaryPrimitives.ReadUInt16LittleEndian(node[6..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(node) != ExtentMagic || depth > depthLimit || (entries + 1) * 12 > node.Length)
            return false;

        for (int i = 0; i < entries; i++)
        {
            ReadOnlySpan<byte> entry = node.Slice((i + 1) * 12, 12);
            if (depth == 0 ? !extents.TryAdd(entry) : !ReadChild(entry, depth, extents))
                return false;
        }

        return true;
    }

    private bool ReadChild(ReadOnlySpan<byte> entry, int depth, ExtentCollector extents)
    {
        long block = Combine(BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]), BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]));
        long before = extents.NextLogicalBlock;
        return block < BlockCount
            && volume.TryReadAt(block * BlockSize, BlockSize) is { } child
            && ReadNode(child, depth - 1, extents)
            && extents.NextLogicalBlock > before;
    }

    /// <summary>
    /// Takes extents in file order and refuses what does not rise: a tree whose branches lead to the same leaf could
    /// otherwise make a small file system endless.
    /// </summary>
    private sealed class ExtentCollector(long blockCount)
    {
        public List<Ext4Extent> Written { get; } = [];

        public long NextLogicalBlock { get; private set; }

        public bool TryAdd(ReadOnlySpan<byte> entry)
        {
            long logical = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]);
            bool written = length <= LongestWrittenExtent;
            int count = written ? length : length - LongestWrittenExtent;
            long physical = Combine(BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]));
            if (count == 0 || logical < NextLogicalBlock || physical > blockCount - count)
                return false;
            NextLogicalBlock = logical + count;
            if (written)
                Written.Add(new Ext4Extent(logical, physical, count));
            return true;
        }
    }
}

/// <summary>A run of blocks of a file, in file system blocks from the start of the volume.</summary>
internal readonly record struct Ext4Extent(long LogicalBlock, long PhysicalBlock, long Count);

/// <summary>A file's size and the places of its blocks. What no extent covers is a hole.</summary>
internal sealed record Ext4File(long Size, int BlockSize, IReadOnlyList<Ext4Extent> Extents);
