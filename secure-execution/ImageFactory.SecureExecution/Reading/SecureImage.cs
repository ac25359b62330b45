using ImageFactory.Model;
using ImageFactory.SecureExecution.Disk;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Reading;

/// <summary>A Secure Execution image that was found: in a file of its own, as a bare header, or on a disk.</summary>
/// <remarks>
/// Where it is looked for (SE format, section 11): metadata at 0xC000; the first 21 pages (bare header, images without
/// metadata); the file <c>/se.img</c> of an ext4 boot partition; at last every page of a disk.
/// </remarks>
public sealed class SecureImage
{
    private const int SearchedPages = 0x15;
    private const string BootPartition = "boot-se";
    private const string ImageFile = "se.img";

    private SecureImage(Stream bytes, SecureExecutionHeader header, long headerOffset, string place)
    {
        Bytes = bytes;
        Header = header;
        HeaderOffset = headerOffset;
        Place = place;
    }

    public SecureExecutionHeader Header { get; }

    /// <summary>Offset in the image (not on the disk).</summary>
    public long HeaderOffset { get; }

    /// <summary>The file, and what of it, for people: <c>disk.qcow2, partition 1, /se.img</c>.</summary>
    public string Place { get; }

    /// <summary>The image's bytes from its start; for a header that stands alone, only that.</summary>
    internal Stream Bytes { get; }

    /// <summary>Finds the one image in a file or a disk.</summary>
    /// <param name="source">Seekable. For a qcow2 or VHD: a stream over the virtual disk.</param>
    /// <param name="name">The file, for faults.</param>
    /// <exception cref="FactoryException">IFS401 to IFS406: none, or a damaged one. IFS410: several that differ.</exception>
    public static SecureImage Open(Stream source, string name)
    {
        return FindInImage(source, name)
            ?? FindOnDisk(source, name)
            ?? ScanDisk(source, name)
            ?? throw new FactoryException(source.TryReadAt(0, 4) is { } head && head.AsSpan().SequenceEqual((ReadOnlySpan<byte>)[0x51, 0x46, 0x49, 0xFB])
                ? ReadingFaults.StillQcow(name)
                : HeaderFaults.NoHeader(name));
    }

    private static SecureImage? FindInImage(Stream image, string place)
    {
        if (image.TryReadAt(ImageFormat.MetadataAddress, ImageMetadata.Size) is { } bytes && ImageMetadata.TryRead(bytes) is { } metadata)
        {
            // Metadata that point to nothing are a damaged image, not a reason to look elsewhere.
            if (metadata.HeaderOffset > (ulong)image.Length)
                throw new FactoryException(ReadingFaults.MetadataPointOutside(place, metadata.HeaderOffset, image.Length));
            return new SecureImage(image, ReadHeader(image, (long)metadata.HeaderOffset, place), (long)metadata.HeaderOffset, place);
        }

        for (int page = 0; page < SearchedPages; page++)
        {
            long offset = (long)page * ImageFormat.PageSize;
            if (image.TryReadAt(offset, 8) is { } magic && magic.AsSpan().SequenceEqual(SecureExecutionHeader.Magic))
                return new SecureImage(image, ReadHeader(image, offset, place), offset, place);
        }

        return null;
    }

    private static SecureImage? FindOnDisk(Stream disk, string name)
    {
        if (GuidPartitionTable.TryRead(disk) is not { } partitions)
            return null;
        foreach (Partition partition in partitions.OrderBy(p => p.Name == BootPartition ? 0 : 1))
        {
            SubStream volume = new(disk, partition.Start, partition.Length);
            if (Ext4FileSystem.TryOpen(volume) is not { } fileSystem || fileSystem.TryFind(ImageFile) is not { } file)
                continue;
            string place = $"{name}, partition {partition.Number}, /{ImageFile}";
            if (FindInImage(new Ext4FileStream(volume, file), place) is { } found)
                return found;
        }

        return null;
    }

    /// <summary>The last resort for a boot partition of another kind: a header is at most two pages, and normally these are neighbours.</summary>
    private static SecureImage? ScanDisk(Stream disk, string name)
    {
        SecureImage? found = null;
        byte[] buffer = new byte[1 << 20];
        for (long at = 0; at < disk.Length; at += buffer.Length)
        {
            int length = disk.ReadAt(at, buffer);
            for (int page = 0; page + 8 <= length; page += ImageFormat.PageSize)
            {
                if (!buffer.AsSpan(page).StartsWith(SecureExecutionHeader.Magic) || TryReadAlone(disk, at + page, name) is not { } candidate)
                    continue;
                if (found is not null && !found.Header.Bytes.SequenceEqual(candidate.Header.Bytes))
                    throw new FactoryException(ReadingFaults.SeveralHeaders(name, found.Place, candidate.Place));
                found ??= candidate;
            }
        }

        return found;
    }

    /// <summary>The magic alone may stand in any program that knows it: what does not parse is not a header.</summary>
    private static SecureImage? TryReadAlone(Stream disk, long offset, string name)
    {
        try
        {
            SecureExecutionHeader header = ReadHeader(disk, offset, name);
            string place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}, offset 0x{offset:x}");
            return new SecureImage(new SubStream(disk, offset, header.Size), header, 0, place);
        }
        catch (FactoryException)
        {
            return null;
        }
    }

    private static SecureExecutionHeader ReadHeader(Stream source, long offset, string place)
    {
        byte[] prefix = source.TryReadAt(offset, SecureExecutionHeader.PrefixSize)
            ?? throw new FactoryException(HeaderFaults.NoHeader(place));
        int size = SecureExecutionHeader.ReadSize(prefix, place);
        byte[] header = source.TryReadAt(offset, size) ?? throw new FactoryException(HeaderFaults.Truncated(place, size, source.Length - offset));
        return SecureExecutionHeader.Parse(header, place);
    }
}
