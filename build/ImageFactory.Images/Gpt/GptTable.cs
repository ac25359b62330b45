namespace ImageFactory.Images.Gpt;

/// <summary>A partition table: the disk's GUID and size in bytes, and its partitions in the order of their entries.</summary>
public sealed record GptTable(Guid DiskId, long DiskSize, IReadOnlyList<GptPartition> Partitions)
{
    /// <summary>Where partitions begin and what they are rounded to: every cloud and every SSD is content with 1 MiB.</summary>
    public const long Step = 1 << 20;

    /// <summary>
    /// Lays the partitions out one after another at steps of 1 MiB. The disk is as small as it can be, in whole MiB (Azure
    /// demands that), with one step at the end for the backup table; <paramref name="minimumSize"/> makes it larger.
    /// </summary>
    public static GptTable Plan(Guid diskId, IEnumerable<GptPartitionRequest> requests, long minimumSize = 0)
    {
        List<GptPartition> partitions = [];
        long offset = Step;
        foreach (GptPartitionRequest request in requests)
        {
            long length = RoundUp(request.Size);
            partitions.Add(new GptPartition(request.Type, request.Id, request.Name, offset, length, request.Attributes));
            offset += length;
        }

        return new GptTable(diskId, Math.Max(offset + Step, RoundUp(minimumSize)), partitions);
    }

    private static long RoundUp(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return checked((size + Step - 1) / Step * Step);
    }
}
