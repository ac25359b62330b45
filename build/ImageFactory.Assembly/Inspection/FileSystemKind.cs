using System.Buffers.Binary;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Inspection;

/// <summary>Tells what a partition holds by the magic numbers at its start.</summary>
internal static class FileSystemKind
{
    public const string Erofs = "erofs";
    public const string Ext4 = "ext4";
    public const string Verity = "dm-verity hashes";
    public const string Fat = "vfat";
    public const string Luks = "LUKS";

    /// <summary>The farthest magic is that of btrfs, 64 bytes into its superblock at 64 KiB.</summary>
    private const int Head = 0x10000 + 0x48;

    private static readonly (string Kind, int Offset, byte[] Magic)[] Known =
    [
        (Verity, 0, "verity\0\0"u8.ToArray()),
        (Erofs, 1024, [0xe2, 0xe1, 0xf5, 0xe0]),
        (Ext4, 1024 + 0x38, [0x53, 0xef]),
        ("xfs", 0, "XFSB"u8.ToArray()),
        ("squashfs", 0, "hsqs"u8.ToArray()),
        (Luks, 0, [.. "LUKS"u8, 0xba, 0xbe]),
        ("btrfs", 0x10040, "_BHRfS_M"u8.ToArray()),
        (Fat, 0x52, "FAT32   "u8.ToArray()),
        (Fat, 0x36, "FAT16   "u8.ToArray()),
        (Fat, 0x36, "FAT12   "u8.ToArray()),
    ];

    /// <summary>Null when nothing known is there.</summary>
    public static string? Of(IExtentSource partition)
    {
        byte[] head = new byte[Math.Min(Head, partition.Length)];
        partition.Read(0, head);
        foreach ((string kind, int offset, byte[] magic) in Known)
        {
            if (offset + magic.Length <= head.Length && head.AsSpan(offset, magic.Length).SequenceEqual(magic))
                return kind == Ext4 && !HasExtents(head) ? "ext2" : kind;
        }

        return null;
    }

    /// <summary>INCOMPAT_EXTENTS: what ext4 has and its ancestors have not.</summary>
    private static bool HasExtents(byte[] head) => (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(1024 + 0x60)) & 0x40) != 0;
}
