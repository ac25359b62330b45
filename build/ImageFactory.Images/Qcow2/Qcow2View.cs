using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Qcow2;

/// <summary>
/// A disk as an uncompressed qcow2 image (version 3, clusters of 64 KiB): tables first, then the clusters that hold data, in their order.
/// Computed while it is read and never written anywhere, so that a sparse disk can be streamed to where only files are taken.
/// Equal disks with equal holes give equal bytes. The disk stays its owner's.
/// <code>
///   cluster 0           header
///   then                L1 table | refcount table | refcount blocks | L2 tables | data
/// </code>
/// </summary>
public sealed class Qcow2View : IExtentSource
{
    private const int ClusterBits = 16;
    private const int ClusterSize = 1 << ClusterBits;
    private const int EntriesPerTable = ClusterSize / 8;

    /// <summary>Counts of 16 bits (refcount order 4).</summary>
    private const int CountsPerBlock = ClusterSize / 2;
    private const int HeaderLength = 104;
    private const int Sector = 512;

    /// <summary>In an entry of L1 and L2: the cluster has this one user.</summary>
    private const ulong Copied = 1UL << 63;

    private readonly IExtentSource disk;
    private readonly List<Run> runs = [];
    private readonly List<long> tables = [];
    private readonly long l1Clusters;
    private readonly long refcountTableClusters;
    private readonly long refcountBlocks;
    private readonly long clusters;

    public Qcow2View(IExtentSource disk)
    {
        this.disk = disk;
        VirtualSize = (disk.Length + Sector - 1) / Sector * Sector;
        CollectRuns();
        long entries = Blocks(Blocks(VirtualSize, ClusterSize), EntriesPerTable);
        l1Clusters = Math.Max(1, Blocks(entries * 8, ClusterSize));
        long data = runs.Sum(r => r.Count);
        long others = 1 + l1Clusters + tables.Count + data;

        // Reference counts count their own clusters too.
        long total;
        do
        {
            total = others + refcountTableClusters + refcountBlocks;
            refcountBlocks = Blocks(total, CountsPerBlock);
            refcountTableClusters = Blocks(refcountBlocks * 8, ClusterSize);
        }
        while (total != others + refcountTableClusters + refcountBlocks);
        clusters = total;
    }

    public string Name => disk.Name;

    /// <summary>Size of the disk as machines see it: whole sectors.</summary>
    public long VirtualSize { get; }

    public long Length => clusters * ClusterSize;

    private long RefcountTable => 1 + l1Clusters;

    private long FirstBlock => RefcountTable + refcountTableClusters;

    private long FirstTable => FirstBlock + refcountBlocks;

    private long FirstData => FirstTable + tables.Count;

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return length == 0 ? [] : [new Extent(offset, length, ExtentKind.Data)];
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        byte[]? metadata = null;
        while (destination.Length > 0)
        {
            long cluster = offset / ClusterSize;
            int within = (int)(offset % ClusterSize);
            int count;
            if (cluster >= FirstData)
            {
                count = ReadData(cluster - FirstData, within, destination);
            }
            else
            {
                metadata ??= new byte[ClusterSize];
                Fill(cluster, metadata);
                count = Math.Min(destination.Length, ClusterSize - within);
                metadata.AsSpan(within, count).CopyTo(destination);
            }

            destination = destination[count..];
            offset += count;
        }
    }

    public void Dispose()
    {
    }

    private static long Blocks(long size, long block) => (size + block - 1) / block;

    /// <summary>Runs of clusters that any data touches, and the L2 tables that they need.</summary>
    private void CollectRuns()
    {
        long placed = 0;
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            long first = extent.Offset / ClusterSize;
            long end = Blocks(extent.End, ClusterSize);
            if (runs.Count > 0 && first <= runs[^1].End)
            {
                long more = Math.Max(0, end - runs[^1].End);
                runs[^1] = runs[^1] with { Count = runs[^1].Count + more };
                placed += more;
            }
            else
            {
                runs.Add(new Run(first, end - first, placed));
                placed += end - first;
            }
        }

        foreach (Run run in runs)
        {
            for (long table = run.First / EntriesPerTable; table <= (run.End - 1) / EntriesPerTable; table++)
            {
                if (tables.Count == 0 || tables[^1] < table)
                    tables.Add(table);
            }
        }
    }

    private void Fill(long cluster, Span<byte> bytes)
    {
        bytes.Clear();
        if (cluster == 0)
            FillHeader(bytes);
        else if (cluster < RefcountTable)
            FillL1(bytes, (cluster - 1) * EntriesPerTable);
        else if (cluster < FirstBlock)
            FillSequence(bytes, (cluster - RefcountTable) * EntriesPerTable);
        else if (cluster < FirstTable)
            FillCounts(bytes, (cluster - FirstBlock) * CountsPerBlock);
        else
            FillL2(bytes, tables[(int)(cluster - FirstTable)] * EntriesPerTable);
    }

    private void FillHeader(Span<byte> bytes)
    {
        Qcow2Header.Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], 3);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[24..], VirtualSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[36..], (uint)Blocks(Blocks(VirtualSize, ClusterSize), EntriesPerTable));
        BinaryPrimitives.WriteInt64BigEndian(bytes[40..], ClusterSize);
        BinaryPrimitives.WriteInt64BigEndian(bytes[48..], RefcountTable * ClusterSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[56..], (uint)refcountTableClusters);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[96..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[100..], HeaderLength);
    }

    private void FillL1(Span<byte> bytes, long first)
    {
        int index = tables.BinarySearch(first);
        for (index = index < 0 ? ~index : index; index < tables.Count && tables[index] < first + EntriesPerTable; index++)
            WriteEntry(bytes, tables[index] - first, (FirstTable + index) * ClusterSize);
    }

    /// <summary>The refcount table: where the blocks are, one after another, unmarked.</summary>
    private void FillSequence(Span<byte> bytes, long first)
    {
        for (long block = first; block < Math.Min(refcountBlocks, first + EntriesPerTable); block++)
            BinaryPrimitives.WriteInt64BigEndian(bytes[(int)((block - first) * 8)..], (FirstBlock + block) * ClusterSize);
    }

    private void FillCounts(Span<byte> bytes, long first)
    {
        for (int i = 0; i < Math.Min(CountsPerBlock, clusters - first); i++)
            bytes[(i * 2) + 1] = 1;
    }

    private void FillL2(Span<byte> bytes, long first)
    {
        for (int run = RunAt(first); run < runs.Count && runs[run].First < first + EntriesPerTable; run++)
        {
            long from = Math.Max(first, runs[run].First);
            long to = Math.Min(first + EntriesPerTable, runs[run].End);
            for (long guest = from; guest < to; guest++)
                WriteEntry(bytes, guest - first, (FirstData + runs[run].Placed + guest - runs[run].First) * ClusterSize);
        }
    }

    private static void WriteEntry(Span<byte> table, long index, long offset) =>
        BinaryPrimitives.WriteUInt64BigEndian(table[(int)(index * 8)..], Copied | (ulong)offset);

    /// <summary>The first run that ends behind a cluster of the disk.</summary>
    private int RunAt(long guest)
    {
        (int low, int high) = (0, runs.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (runs[middle].End <= guest)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <param name="placed">The cluster, counted among those with data.</param>
    /// <returns>How many bytes were filled: at most to the end of the run.</returns>
    private int ReadData(long placed, int within, Span<byte> destination)
    {
        (int low, int high) = (0, runs.Count - 1);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (runs[middle].Placed <= placed)
                low = middle;
            else
                high = middle - 1;
        }

        Run run = runs[low];
        long offset = ((run.First + placed - run.Placed) * ClusterSize) + within;
        int count = (int)Math.Min(destination.Length, (run.End * ClusterSize) - offset);
        int there = (int)Math.Clamp(disk.Length - offset, 0, count);
        if (there > 0)
            disk.Read(offset, destination[..there]);
        destination[there..count].Clear();
        return count;
    }

    /// <summary>Clusters of the disk that follow one another.</summary>
    /// <param name="First">The first, counted on the disk.</param>
    /// <param name="Placed">Its place among all clusters with data.</param>
    private readonly record struct Run(long First, long Count, long Placed)
    {
        public long End => First + Count;
    }
}
