using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Qcow2;

/// <summary>
/// The header of a qcow2 image, version 2 or 3 (QEMU's docs/interop/qcow2.txt); big-endian.
/// <code>
///   0  4  "QFI\xfb"                      72  8  incompatible features (version 3 from here on)
///   4  4  version                               bit 0 dirty, 1 corrupt, 2 external data file,
///   8  8  offset of backing file name           3 compression type, 4 extended L2 entries
///  16  4  its length                     80  8  compatible features
///  20  4  cluster bits (9 to 21)         88  8  autoclear features
///  24  8  virtual size                   96  4  refcount order
///  32  4  encryption method             100  4  header length
///  36  4  entries in the L1 table       104  1  compression type: 0 zlib, 1 zstd
///  40  8  offset of the L1 table
///  48  8  offset of the refcount table
///  56  4  its clusters
///  60  4  number of snapshots
///  64  8  offset of the snapshot table
/// </code>
/// </summary>
internal sealed record Qcow2Header(int ClusterBits, long VirtualSize, int L1Entries, long L1Offset, bool IsZstd, int Version, Qcow2Backing? Backing)
{
    public const int Size2 = 72;

    private const int Size3 = 104;
    private const int MaximumL1Size = 32 << 20; // QEMU's own limit
    private const long MaximumVirtualSize = 64L << 40; // the largest disk any of the clouds has
    private const ulong Dirty = 1;
    private const ulong Corrupt = 2;
    private const ulong ExternalData = 4;
    private const ulong CompressionType = 8;
    private const ulong ExtendedL2 = 16;

    public int ClusterSize => 1 << ClusterBits;

    /// <summary>Clusters that one L2 table maps: its entries have 8 bytes and fill a cluster.</summary>
    public int L2Entries => ClusterSize / 8;

    public static ReadOnlySpan<byte> Magic => [0x51, 0x46, 0x49, 0xfb];

    public static Qcow2Header Read(IExtentSource file)
    {
        byte[] bytes = new byte[Size3 + 8];
        int available = (int)Math.Min(bytes.Length, file.Length);
        file.Read(0, bytes.AsSpan(0, available));
        uint version = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4));
        if (available < Size2 || version is not (2 or 3) || (version == 3 && available < Size3))
            throw Qcow2Faults.Malformed(file.Name, 4, $"version {version} with {available} bytes of header").Raise();
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(32)) != 0)
            throw Qcow2Faults.Refused(file.Name, "is encrypted", "decrypt it first: qemu-img convert with its secret").Raise();
        uint clusterBits = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(20));
        if (clusterBits is < 9 or > 21)
            throw Qcow2Faults.Malformed(file.Name, 20, $"{clusterBits} cluster bits; 9 to 21 are allowed").Raise();
        bool zstd = version == 3 && ReadFeatures(file, bytes);

        ulong virtualSize = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(24));
        if (virtualSize > MaximumVirtualSize)
            throw Qcow2Faults.Malformed(file.Name, 24, $"a virtual size of {virtualSize} bytes").Raise();
        Qcow2Header header = new(
            (int)clusterBits,
            (long)virtualSize,
            CheckedL1Entries(file, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(36)), (int)clusterBits, (long)virtualSize),
            (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(40)), long.MaxValue),
            zstd,
            (int)version,
            Qcow2Backing.Read(file, bytes, version));
        if (header.L1Offset % header.ClusterSize != 0 || !file.Holds(header.L1Offset, header.L1Entries * 8L))
            throw Qcow2Faults.Malformed(file.Name, 40, $"the L1 table at 0x{header.L1Offset:x} is not aligned or lies outside the file").Raise();
        return header;
    }

    private static int CheckedL1Entries(IExtentSource file, uint entries, int clusterBits, long virtualSize)
    {
        // One L1 entry stands for an L2 table, which maps clusters worth 2^(2 * clusterBits - 3) bytes.
        long mapped = 1L << ((2 * clusterBits) - 3);
        long needed = (virtualSize / mapped) + (virtualSize % mapped == 0 ? 0 : 1);
        if (entries < needed || entries > MaximumL1Size / 8)
            throw Qcow2Faults.Malformed(file.Name, 36, $"the L1 table has {entries} entries; {needed} are needed and {MaximumL1Size / 8} allowed").Raise();
        return (int)needed;
    }

    /// <summary>Refuses what cannot be read; tells whether compressed clusters are zstd.</summary>
    private static bool ReadFeatures(IExtentSource file, byte[] bytes)
    {
        ulong features = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(72));
        if ((features & Corrupt) != 0)
            throw Qcow2Faults.Refused(file.Name, "is marked as corrupt", "repair it with qemu-img check -r, or fetch it again").Raise();
        if ((features & ExternalData) != 0)
            throw Qcow2Faults.Refused(file.Name, "keeps its data in another file", "convert it first: qemu-img convert -O qcow2").Raise();
        if ((features & ExtendedL2) != 0)
            throw Qcow2Faults.Refused(file.Name, "has extended L2 entries (subclusters)", "convert it first: qemu-img convert -O qcow2").Raise();
        // Dirty only says that reference counts may be wrong; they are not used for reading.
        ulong unknown = features & ~(Dirty | CompressionType);
        if (unknown != 0)
            throw Qcow2Faults.Refused(file.Name, $"has features that are not known (0x{unknown:x})", "convert it first: qemu-img convert -O qcow2 -o compat=1.1").Raise();

        uint headerLength = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(100));
        byte type = headerLength > Size3 ? bytes[Size3] : (byte)0;
        bool marked = (features & CompressionType) != 0;
        if (headerLength < Size3 || type > 1 || (type != 0) != marked)
            throw Qcow2Faults.Malformed(file.Name, 100, $"a header of {headerLength} bytes with compression type {type}{(marked ? "" : ", unmarked")}").Raise();
        return type == 1;
    }
}
