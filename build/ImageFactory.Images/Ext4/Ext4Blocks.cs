using System.Buffers.Binary;

namespace ImageFactory.Images.Ext4;

/// <summary>
/// Where the bytes of an inode lie (Linux: Documentation/filesystems/ext4/ifork.rst): a tree of extents, or the older map of twelve blocks and of blocks of numbers in one, two and three
/// levels.
/// </summary>
internal sealed class Ext4Blocks(Ext4Volume volume, Ext4Inode inode)
{
    private const int ExtentMagic = 0xf30a;
    private const int EntrySize = 12;
    private const int DeepestTree = 5;
    private const int DirectBlocks = 12;

    /// <summary>Longer extents are not written yet, and read as zeros.</summary>
    private const int LongestExtent = 0x8000;

    /// <summary>Far more than a folder of millions of names has; a bound for damaged trees.</summary>
    private const int MostNodes = 1 << 16;

    private readonly long count = (inode.Size + volume.BlockSize - 1) / volume.BlockSize;
    private int nodes;

    /// <summary>Blocks in the order of the content; holes are left out.</summary>
    public IEnumerable<long> All() => inode.HasExtents ? Leaves(inode.Map, DeepestTree, inode.Offset) : Mapped();

    private IEnumerable<long> Leaves(byte[] node, int deepest, long place)
    {
        int entries = BinaryPrimitives.ReadUInt16LittleEndian(node.AsSpan(2));
        int depth = BinaryPrimitives.ReadUInt16LittleEndian(node.AsSpan(6));
        if (BinaryPrimitives.ReadUInt16LittleEndian(node) != ExtentMagic || (entries + 1) * EntrySize > node.Length || depth > deepest || ++nodes > MostNodes)
            throw volume.Malformed(place, "a tree of extents is not one");
        for (int at = EntrySize; at <= entries * EntrySize; at += EntrySize)
        {
            ReadOnlyMemory<byte> entry = node.AsMemory(at, EntrySize);
            if (depth == 0)
            {
                int length = BinaryPrimitives.ReadUInt16LittleEndian(entry.Span[4..]);
                long logical = BinaryPrimitives.ReadUInt32LittleEndian(entry.Span);
                long start = BinaryPrimitives.ReadUInt32LittleEndian(entry.Span[8..]) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(entry.Span[6..]) << 32);
                for (int i = 0; i < length && length <= LongestExtent && logical + i < count; i++)
                    yield return start + i;
                continue;
            }

            long below = BinaryPrimitives.ReadUInt32LittleEndian(entry.Span[4..]) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(entry.Span[8..]) << 32);
            foreach (long block in Leaves(volume.Block(below), depth - 1, below * volume.BlockSize))
                yield return block;
        }
    }

    private IEnumerable<long> Mapped()
    {
        long left = count;
        for (int i = 0; i < Ext4Inode.MapSize / 4 && left > 0; i++)
        {
            int levels = Math.Max(0, i - DirectBlocks + 1);
            foreach (long block in Below(BinaryPrimitives.ReadUInt32LittleEndian(inode.Map.AsSpan(i * 4)), levels))
            {
                if (left-- <= 0)
                    yield break;
                if (block != 0)
                    yield return block;
            }
        }
    }

    private IEnumerable<long> Below(long block, int levels)
    {
        if (levels == 0 || block == 0)
        {
            // A hole stands for as many blocks as its level reaches.
            long holes = (long)Math.Pow(volume.BlockSize / 4, levels);
            for (long i = 0; i < holes; i++)
                yield return block;
            yield break;
        }

        if (++nodes > MostNodes)
            throw volume.Malformed(inode.Offset, "a map of blocks has no end");
        byte[] numbers = volume.Block(block);
        for (int at = 0; at < numbers.Length; at += 4)
        {
            foreach (long found in Below(BinaryPrimitives.ReadUInt32LittleEndian(numbers.AsSpan(at)), levels - 1))
                yield return found;
        }
    }
}
