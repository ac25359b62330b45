using System.Runtime.InteropServices;

namespace LibGuestFs.Net.Native;

/// <summary>struct guestfs_add_drive_opts_argv. Later releases append members, which their bit in the mask says are not there.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddDriveArguments
{
    public const ulong ReadOnlyBit = 1 << 0;
    public const ulong FormatBit = 1 << 1;
    public const ulong CacheModeBit = 1 << 9;
    public const ulong DiscardBit = 1 << 10;

    public ulong Mask;
    public int ReadOnly;
    public nint Format;
    public nint Interface;
    public nint Name;
    public nint Label;
    public nint Protocol;
    public nint Server;
    public nint UserName;
    public nint Secret;
    public nint CacheMode;
    public nint Discard;
    public int CopyOnRead;
    public int BlockSize;
}

/// <summary>struct guestfs_disk_create_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DiskCreateArguments
{
    public const ulong BackingFileBit = 1 << 0;
    public const ulong BackingFormatBit = 1 << 1;

    public ulong Mask;
    public nint BackingFile;
    public nint BackingFormat;
    public nint Preallocation;
    public nint Compatibility;
    public int ClusterSize;
}

/// <summary>struct guestfs_mkfs_opts_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MakeFileSystemArguments
{
    public const ulong BlockSizeBit = 1 << 0;
    public const ulong FeaturesBit = 1 << 1;
    public const ulong LabelBit = 1 << 4;

    public ulong Mask;
    public int BlockSize;
    public nint Features;
    public int Inode;
    public int SectorSize;
    public nint Label;
}

/// <summary>struct guestfs_cryptsetup_open_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CryptOpenArguments
{
    public const ulong ReadOnlyBit = 1 << 0;
    public const ulong TypeBit = 1 << 1;

    public ulong Mask;
    public int ReadOnly;
    public nint Type;
    public nint Cipher;
}

/// <summary>struct guestfs_tar_in_opts_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TarInArguments
{
    public const ulong CompressBit = 1 << 0;
    public const ulong XattrsBit = 1 << 1;
    public const ulong SelinuxBit = 1 << 2;
    public const ulong AclsBit = 1 << 3;

    public ulong Mask;
    public nint Compress;
    public int Xattrs;
    public int Selinux;
    public int Acls;
}

/// <summary>struct guestfs_tar_out_opts_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TarOutArguments
{
    public const ulong CompressBit = 1 << 0;
    public const ulong NumericOwnerBit = 1 << 1;
    public const ulong ExcludesBit = 1 << 2;
    public const ulong XattrsBit = 1 << 3;
    public const ulong SelinuxBit = 1 << 4;
    public const ulong AclsBit = 1 << 5;

    public ulong Mask;
    public nint Compress;
    public int NumericOwner;
    public byte** Excludes;
    public int Xattrs;
    public int Selinux;
    public int Acls;
}

/// <summary>struct guestfs_selinux_relabel_argv.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RelabelArguments
{
    public const ulong ForceBit = 1 << 0;

    public ulong Mask;
    public int Force;
}

/// <summary>struct guestfs_version.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VersionNumber
{
    public long Major;
    public long Minor;
    public long Release;
    public nint Extra;
}

/// <summary>struct guestfs_partition_list.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PartitionList
{
    public uint Length;
    public PartitionItem* Items;
}

/// <summary>struct guestfs_partition.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PartitionItem
{
    public int Number;
    public ulong Start;
    public ulong End;
    public ulong Size;
}
