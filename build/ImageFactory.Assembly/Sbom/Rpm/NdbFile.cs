using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>Reads rpm's own database format (<c>Packages.db</c>): a table of slots, each of which leads to one package. Numbers are little-endian.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>0, 32 bytes</term><description>"RpmP", version, generation, pages of slots, next package, 12 unused bytes</description></item>
/// <item><term>32, 16 bytes each</term><description>slot: "Slot", package (0: free), first block, blocks; up to the end of the slots' pages (4096 bytes each)</description></item>
/// <item><term>in blocks of 16 bytes</term><description>"BlbS", package, generation, size; the package; filled up to the last 12 bytes: checksum, size, "BlbE"</description></item>
/// </list>
/// </remarks>
internal static class NdbFile
{
    private const int PageSize = 4096;
    private const int HeaderSize = 32;
    private const int SlotSize = 16;
    private const int BlockSize = 16;
    private const int BlobHead = 16;
    private const int BlobTail = 12;

    /// <exception cref="InvalidDataException">The file is no such database, or damaged.</exception>
    public static IEnumerable<byte[]> Blobs(IExtentSource file)
    {
        byte[] header = Bytes(file, 0, HeaderSize);
        Expect(header, 0, "RpmP"u8, "the file");
        uint version = Number(header, 4);
        if (version != 0)
            throw new InvalidDataException($"it has version {version} of its format, known is 0");
        uint pages = Number(header, 12);
        for (uint page = 0; page < pages; page++)
        {
            byte[] slots = Bytes(file, (long)page * PageSize, PageSize);
            for (int at = page == 0 ? HeaderSize : 0; at < PageSize; at += SlotSize)
            {
                Expect(slots, at, "Slot"u8, $"slot {((page * (long)PageSize) + at) / SlotSize}");
                uint package = Number(slots, at + 4);
                if (package != 0)
                    yield return Blob(file, package, Number(slots, at + 8) * (long)BlockSize, Number(slots, at + 12) * (long)BlockSize);
            }
        }
    }

    private static byte[] Blob(IExtentSource file, uint package, long offset, long room)
    {
        string what = $"package {package}";
        byte[] head = Bytes(file, offset, BlobHead);
        Expect(head, 0, "BlbS"u8, what);
        uint size = Number(head, 12);
        if (Number(head, 4) != package || size > room - BlobHead - BlobTail)
            throw new InvalidDataException($"{what} is not where its slot leads");
        byte[] tail = Bytes(file, offset + room - BlobTail, BlobTail);
        Expect(tail, 8, "BlbE"u8, $"the end of {what}");
        return Number(tail, 4) == size ? Bytes(file, offset + BlobHead, size) : throw new InvalidDataException($"{what} has two sizes");
    }

    private static byte[] Bytes(IExtentSource file, long offset, long size)
    {
        if (offset > file.Length || size > file.Length - offset || size > RpmDatabase.LargestPackage)
            throw new InvalidDataException($"{size} bytes at {offset} are wanted of {file.Length}");
        byte[] bytes = new byte[size];
        file.Read(offset, bytes);
        return bytes;
    }

    private static uint Number(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static void Expect(byte[] bytes, int at, ReadOnlySpan<byte> magic, string what)
    {
        if (!bytes.AsSpan(at, magic.Length).SequenceEqual(magic))
            throw new InvalidDataException($"{what} does not begin as it must");
    }
}
