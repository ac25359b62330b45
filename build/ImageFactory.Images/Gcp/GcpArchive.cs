using System.IO.Compression;
using ImageFactory.Images.Compression;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Gcp;

/// <summary>
/// A disk as Google Cloud imports it: a gzip with a tar with the one sparse file <c>disk.raw</c>, whose size is whole GiB.
/// Written as a stream from the data ranges: holes cost nothing, and equal disks give equal bytes.
/// </summary>
public static class GcpArchive
{
    public const string MemberName = "disk.raw";

    private const long Unit = 1L << 30;

    /// <summary>A hole that is shorter than this is cheaper as zeros than as an entry of the map.</summary>
    private const long ShortestHole = 64 << 10;

    /// <summary>Size of <c>disk.raw</c> for a disk, in bytes: whole GiB, at least one.</summary>
    public static long SizeFor(long diskLength) => Math.Max(1, (diskLength + Unit - 1) / Unit) * Unit;

    /// <summary>Writes the archive.</summary>
    /// <param name="disk">What goes in.</param>
    /// <param name="target">Stays open.</param>
    /// <param name="level">Of gzip.</param>
    /// <param name="threads">That compress.</param>
    /// <param name="read">Is told how many bytes of data were read so far.</param>
    /// <param name="cancellation">Ends the work; what was written is then cut off.</param>
    /// <exception cref="Model.FactoryException">The disk cannot be read.</exception>
    public static async Task WriteAsync(
        IExtentSource disk, Stream target, CompressionLevel level, int threads, Action<long>? read, CancellationToken cancellation)
    {
        IReadOnlyList<Extent> data = DataOf(disk);
        await using ParallelGzip gzip = new(target, level, threads);
        await gzip.WriteAsync(SparseTarHeader.Make(MemberName, SizeFor(disk.Length), data), cancellation).ConfigureAwait(false);
        await gzip.EndBlockAsync(cancellation).ConfigureAwait(false);

        long done = 0;
        foreach (Extent extent in data)
        {
            for (long offset = extent.Offset; offset < extent.End;)
            {
                Memory<byte> room = gzip.Room((int)Math.Min(int.MaxValue, extent.End - offset));
                Fill(disk, offset, room.Span);
                await gzip.AdvanceAsync(room.Length, cancellation).ConfigureAwait(false);
                offset += room.Length;
                done += room.Length;
                read?.Invoke(done);
            }
        }

        // Up to a whole block, and two blocks of zeros as the end of the archive.
        long padding = (SparseTarHeader.BlockSize - (done % SparseTarHeader.BlockSize)) % SparseTarHeader.BlockSize;
        await gzip.WriteAsync(new byte[padding + (2 * SparseTarHeader.BlockSize)], cancellation).ConfigureAwait(false);
        await gzip.FinishAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The archive as a stream that is made while it is read; it cannot seek. Disposing it ends the work; only then may the disk be closed.</summary>
    public static Stream OpenRead(IExtentSource disk, CompressionLevel level, int threads, Action<long>? read) =>
        new ProducedStream((target, cancellation) => WriteAsync(disk, target, level, threads, read, cancellation));

    /// <summary>Data ranges, short holes between them taken in; an empty one at the end when the file ends with a hole.</summary>
    private static List<Extent> DataOf(IExtentSource disk)
    {
        List<Extent> data = [];
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            // The map counts in blocks of 512 bytes, as all readers of this form do.
            long start = extent.Offset / SparseTarHeader.BlockSize * SparseTarHeader.BlockSize;
            long end = Math.Min((extent.End + SparseTarHeader.BlockSize - 1) / SparseTarHeader.BlockSize * SparseTarHeader.BlockSize, SizeFor(disk.Length));
            if (data.Count > 0 && start - data[^1].End < ShortestHole)
                data[^1] = data[^1] with { Length = end - data[^1].Offset };
            else
                data.Add(new Extent(start, end - start, ExtentKind.Data));
        }

        long size = SizeFor(disk.Length);
        if (data.Count == 0 || data[^1].End < size)
            data.Add(new Extent(size, 0, ExtentKind.Data));
        return data;
    }

    /// <summary>Reads a range that may reach beyond the disk's end, where zeros are.</summary>
    private static void Fill(IExtentSource disk, long offset, Span<byte> room)
    {
        int within = (int)Math.Clamp(disk.Length - offset, 0, room.Length);
        if (within > 0)
            disk.Read(offset, room[..within]);
        room[within..].Clear();
    }
}
