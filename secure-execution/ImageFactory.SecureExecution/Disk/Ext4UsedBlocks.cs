using System.Collections;

namespace ImageFactory.SecureExecution.Disk;

/// <summary>
/// Which blocks of an ext4 file system are in use, from its bitmaps and not from what is in the blocks: journal and inode tables
/// hold zeros that must be kept (s390x disk, section 1.6).
/// </summary>
internal static class Ext4UsedBlocks
{
    /// <summary>A bit for each block; 2 GiB of bits are 64 TiB of blocks.</summary>
    private const long MaximumBlocks = 1L << 31;

    public static IReadOnlyList<(long Offset, long Count)>? TryRead(
        Ext4FileSystem fileSystem,
        Func<int, Ext4Group?> readGroup,
        int reservedDescriptorBlocks,
        long volumeLength,
        int granularity)
    {
        if (fileSystem.BlockCount > MaximumBlocks)
            return null;
        BitArray used = new((int)fileSystem.BlockCount);

        // Superblock and what comes before the first group.
        Mark(used, 0, fileSystem.FirstDataBlock + 1L);
        for (int group = 0; group < fileSystem.GroupCount; group++)
        {
            if (readGroup(group) is not { } found)
                return null;
            long first = fileSystem.FirstDataBlock + ((long)group * fileSystem.BlocksPerGroup);
            if (found.Bitmap is { } bitmap)
                MarkBitmap(used, first, fileSystem.BlocksPerGroup, bitmap);
            else
                Mark(used, first, 1 + fileSystem.DescriptorBlocks + reservedDescriptorBlocks);

            // With flex_bg these lie in other groups, whose bitmap may not be written yet.
            Mark(used, found.BlockBitmap, 1);
            Mark(used, found.InodeBitmap, 1);
            Mark(used, found.InodeTable, found.InodeTableBlocks);
        }

        return Ranges(used, fileSystem.BlockSize, volumeLength, granularity);
    }

    private static void MarkBitmap(BitArray used, long first, uint count, byte[] bitmap)
    {
        for (int bit = 0; bit < count && first + bit < used.Length; bit++)
        {
            if ((bitmap[bit / 8] & (1 << (bit % 8))) != 0)
                used[(int)(first + bit)] = true;
        }
    }

    private static void Mark(BitArray used, long first, long count)
    {
        for (long block = Math.Max(first, 0); block < Math.Min(first + count, used.Length); block++)
            used[(int)block] = true;
    }

    private static List<(long Offset, long Count)> Ranges(BitArray used, int blockSize, long volumeLength, int granularity)
    {
        List<(long Offset, long Count)> ranges = [];
        for (int block = 0; block < used.Length; block++)
        {
            if (used[block])
                Add(ranges, (long)block * blockSize, (block + 1L) * blockSize, volumeLength, granularity);
        }

        // What lies behind the file system is not its own to call free.
        long end = (long)used.Length * blockSize;
        if (end < volumeLength)
            Add(ranges, end, volumeLength, volumeLength, granularity);
        return ranges;
    }

    private static void Add(List<(long Offset, long Count)> ranges, long start, long end, long volumeLength, int granularity)
    {
        start = start / granularity * granularity;
        end = Math.Min((end + granularity - 1) / granularity * granularity, volumeLength);
        if (ranges.Count > 0 && ranges[^1].Offset + ranges[^1].Count >= start)
            ranges[^1] = (ranges[^1].Offset, Math.Max(end, ranges[^1].Offset + ranges[^1].Count) - ranges[^1].Offset);
        else
            ranges.Add((start, end - start));
    }
}

/// <summary>What a group descriptor says.</summary>
/// <param name="Bitmap">Null: not written yet, only the group's own metadata is in use.</param>
internal sealed record Ext4Group(byte[]? Bitmap, long BlockBitmap, long InodeBitmap, long InodeTable, int InodeTableBlocks);
