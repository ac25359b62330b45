using System.Buffers;
using System.IO.Compression;
using ImageFactory.Images.Compression;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Qcow2;

/// <summary>
/// The active disk of a qcow2 image: version 2 and 3, clusters of 512 bytes to 2 MiB, plain, zero and compressed with zlib or zstd.
/// Snapshots in the file are not looked at. Owns the file below, and the backing file where there is one.
/// </summary>
public sealed class Qcow2Source : IExtentSource
{
    private const int CacheBytes = 8 << 20;

    private readonly IExtentSource file;
    private readonly Qcow2Header header;
    private readonly Qcow2Tables tables;
    private readonly BlockCache decompressed;
    private readonly ZstdBlocks zstd = new();
    private readonly IExtentSource? backing;

    /// <param name="file">The image.</param>
    /// <param name="openBacking">Opens the backing file by its name and format as the image has them; null: a backing file is refused.</param>
    /// <exception cref="FactoryException">
    /// IFI111: backing file, encryption, external data, extended L2 entries, unknown features, marked corrupt. IFI112: wrong or out of bounds.
    /// </exception>
    public Qcow2Source(IExtentSource file, Func<string, string?, IExtentSource>? openBacking = null)
    {
        this.file = file;
        header = Qcow2Header.Read(file);
        tables = new Qcow2Tables(file, header);
        decompressed = new BlockCache(Math.Max(4, CacheBytes / header.ClusterSize));
        if (header.Backing is { } behind)
        {
            backing = openBacking is null
                ? throw Qcow2Faults.Refused(file.Name, "has a backing file", "flatten it first: qemu-img convert -O qcow2").Raise()
                : openBacking(behind.Name, behind.Format);
        }
    }

    public string Name => file.Name;

    public long Length => header.VirtualSize;

    /// <summary>True when the bytes begin like a qcow2 image.</summary>
    public static bool Recognises(ReadOnlySpan<byte> start) => start.StartsWith(Qcow2Header.Magic);

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return Merge(Clusters(offset, offset + length));
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        while (destination.Length > 0)
        {
            int within = (int)(offset % header.ClusterSize);
            int count = Math.Min(header.ClusterSize - within, destination.Length);
            ReadCluster(offset / header.ClusterSize, within, destination[..count]);
            offset += count;
            destination = destination[count..];
        }
    }

    public void Dispose()
    {
        zstd.Dispose();
        backing?.Dispose();
        file.Dispose();
    }

    private static IEnumerable<Extent> Merge(IEnumerable<Extent> parts)
    {
        Extent? open = null;
        foreach (Extent part in parts)
        {
            if (open is Extent before && before.Kind != part.Kind)
            {
                yield return before;
                open = null;
            }

            open = open is Extent grown ? grown with { Length = grown.Length + part.Length } : part;
        }

        if (open is Extent last)
            yield return last;
    }

    private IEnumerable<Extent> Clusters(long position, long end)
    {
        while (position < end)
        {
            long cluster = position / header.ClusterSize;
            long unmapped = tables.UnmappedFrom(cluster);
            long stop = Math.Min((cluster + Math.Max(1, unmapped)) * header.ClusterSize, end);
            ClusterKind kind = unmapped > 0 ? ClusterKind.Unallocated : tables.Find(cluster).Kind;
            foreach (Extent part in Parts(kind, position, stop - position))
                yield return part;
            position = stop;
        }
    }

    private IEnumerable<Extent> Parts(ClusterKind kind, long position, long length)
    {
        if (kind is ClusterKind.Plain or ClusterKind.Compressed)
            return [new Extent(position, length, ExtentKind.Data)];
        // A backing file may be shorter than the disk; behind its end are zeros.
        long covered = kind == ClusterKind.Unallocated && backing is not null ? Math.Clamp(backing.Length - position, 0, length) : 0;
        if (covered == 0)
            return [new Extent(position, length, ExtentKind.Hole)];
        IEnumerable<Extent> parts = backing!.Extents(position, covered);
        return covered == length ? parts : parts.Append(new Extent(position + covered, length - covered, ExtentKind.Hole));
    }

    private void ReadCluster(long cluster, int within, Span<byte> destination)
    {
        ClusterMapping mapping = tables.Find(cluster);
        switch (mapping.Kind)
        {
            case ClusterKind.Zero:
                destination.Clear();
                break;
            case ClusterKind.Unallocated:
                ReadBehind((cluster * header.ClusterSize) + within, destination);
                break;
            case ClusterKind.Plain:
                if (!file.Holds(mapping.Offset + within, destination.Length))
                    throw Qcow2Faults.Malformed(Name, mapping.Offset, "the file ends within this cluster").Raise();
                file.Read(mapping.Offset + within, destination);
                break;
            default:
                // Whoever takes whole clusters does not come back for them.
                if (destination.Length == header.ClusterSize)
                    Decompress(cluster, mapping, destination);
                else
                    Decompressed(cluster, mapping).AsSpan(within, destination.Length).CopyTo(destination);
                break;
        }
    }

    private void ReadBehind(long offset, Span<byte> destination)
    {
        int covered = backing is null ? 0 : (int)Math.Clamp(backing.Length - offset, 0, destination.Length);
        if (covered > 0)
            backing!.Read(offset, destination[..covered]);
        destination[covered..].Clear();
    }

    private byte[] Decompressed(long cluster, ClusterMapping mapping) => decompressed.GetOrLoad(cluster, _ =>
    {
        byte[] plain = new byte[header.ClusterSize];
        Decompress(cluster, mapping, plain);
        return plain;
    });

    private void Decompress(long cluster, ClusterMapping mapping, Span<byte> plain)
    {
        byte[] compressed = ArrayPool<byte>.Shared.Rent(mapping.CompressedLength);
        try
        {
            file.Read(mapping.Offset, compressed.AsSpan(0, mapping.CompressedLength));
            if (!(header.IsZstd ? zstd.TryDecompress(compressed.AsSpan(0, mapping.CompressedLength), plain) : TryInflate(compressed, mapping.CompressedLength, plain)))
                throw Qcow2Faults.BadCluster(Name, mapping.Offset, cluster * header.ClusterSize).Raise();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>Raw deflate without the zlib header; what follows its end belongs to the next cluster.</summary>
    private static bool TryInflate(byte[] compressed, int length, Span<byte> plain)
    {
        try
        {
            using DeflateStream inflater = new(new MemoryStream(compressed, 0, length, writable: false), CompressionMode.Decompress);
            return inflater.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false) == plain.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
