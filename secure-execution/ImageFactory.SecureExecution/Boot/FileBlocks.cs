using ImageFactory.SecureExecution.Disk;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>A file's 512-byte blocks as LBAs of the whole disk.</summary>
/// <param name="PartitionLba">First block of the partition.</param>
internal sealed record FileBlocks(Ext4File File, long PartitionLba)
{
    public const int BlockSize = 512;

    private int BlocksPerFileSystemBlock => File.BlockSize / BlockSize;

    public long Size => File.Size;

    public int FileSystemBlockSize => File.BlockSize;

    /// <summary>Runs in file order that cover the whole file; LBA -1 is a hole.</summary>
    public IEnumerable<(long Lba, long Count)> Runs()
    {
        long blocks = (File.Size + BlockSize - 1) / BlockSize;
        long next = 0;
        foreach (Ext4Extent extent in File.Extents)
        {
            long start = Math.Min(extent.LogicalBlock * BlocksPerFileSystemBlock, blocks);
            long end = Math.Min(start + (extent.Count * BlocksPerFileSystemBlock), blocks);
            if (start > next)
                yield return (-1, start - next);
            if (end > start)
                yield return (PartitionLba + (extent.PhysicalBlock * BlocksPerFileSystemBlock), end - start);
            next = Math.Max(next, end);
        }

        if (next < blocks)
            yield return (-1, blocks - next);
    }

    /// <summary>The LBA of a block of the file; null in a hole or behind the end.</summary>
    public long? Find(long block)
    {
        long fileSystemBlock = block / BlocksPerFileSystemBlock;
        foreach (Ext4Extent extent in File.Extents)
        {
            if (fileSystemBlock >= extent.LogicalBlock && fileSystemBlock < extent.LogicalBlock + extent.Count)
                return PartitionLba + ((extent.PhysicalBlock + fileSystemBlock - extent.LogicalBlock) * BlocksPerFileSystemBlock) + (block % BlocksPerFileSystemBlock);
        }

        return null;
    }
}
