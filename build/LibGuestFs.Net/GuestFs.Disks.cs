using LibGuestFs.Net.Native;
using Api = LibGuestFs.Net.Native.LibGuestFs;

namespace LibGuestFs.Net;

/// <summary>Partitions, file systems and encryption.</summary>
public sealed partial class GuestFs
{
    /// <summary>Makes a disk image, before launching; with <paramref name="backing"/> an overlay over another image.</summary>
    /// <param name="size">Bytes; -1 takes the backing image's.</param>
    public void CreateDisk(string file, string format, long size, string? backing = null, string? backingFormat = null)
    {
        using NativeArgument backingFile = new(backing);
        using NativeArgument formatOfBacking = new(backingFormat);
        DiskCreateArguments arguments = new()
        {
            Mask = (backing is null ? 0 : DiskCreateArguments.BackingFileBit) | (backingFormat is null ? 0 : DiskCreateArguments.BackingFormatBit),
            BackingFile = backingFile.Pointer,
            BackingFormat = formatOfBacking.Pointer,
        };
        Check("disk_create", Api.guestfs_disk_create_argv(Handle, file, format, size, in arguments));
    }

    /// <summary>Whole disks: /dev/sda, …</summary>
    public IReadOnlyList<string> ListDevices() => NativeText.TakeList(Check("list_devices", Api.guestfs_list_devices(Handle)));

    public IReadOnlyList<string> ListPartitions() => NativeText.TakeList(Check("list_partitions", Api.guestfs_list_partitions(Handle)));

    /// <summary>Devices that hold a file system, with its type (<c>ext4</c>, <c>vfat</c>, <c>swap</c>, <c>crypto_LUKS</c>, <c>unknown</c>).</summary>
    public IReadOnlyDictionary<string, string> ListFileSystems() => Pairs(NativeText.TakeList(Check("list_filesystems", Api.guestfs_list_filesystems(Handle))));

    /// <summary>Bytes of a device.</summary>
    public long SizeOfDevice(string device)
    {
        long size = Api.guestfs_blockdev_getsize64(Handle, device);
        return size >= 0 ? size : throw Failure("blockdev_getsize64");
    }

    /// <summary>Writes an empty GUID partition table.</summary>
    public void InitializeGpt(string device) => Check("part_init", Api.guestfs_part_init(Handle, device, "gpt"));

    /// <param name="firstSector">Sectors are those of the disk, 512 bytes for an image.</param>
    /// <param name="lastSector">Inclusive; negative counts from the end of the disk (-34 is the last that a GPT leaves).</param>
    public void AddPartition(string device, long firstSector, long lastSector) => Check("part_add", Api.guestfs_part_add(Handle, device, "primary", firstSector, lastSector));

    /// <param name="number">From 1.</param>
    public void SetPartitionType(string device, int number, Guid type) =>
        Check("part_set_gpt_type", Api.guestfs_part_set_gpt_type(Handle, device, number, type.ToString().ToUpperInvariant()));

    public Guid GetPartitionType(string device, int number) =>
        Guid.Parse(NativeText.Take(Check("part_get_gpt_type", Api.guestfs_part_get_gpt_type(Handle, device, number))));

    public void SetPartitionName(string device, int number, string name) => Check("part_set_name", Api.guestfs_part_set_name(Handle, device, number, name));

    public unsafe IReadOnlyList<GuestPartition> GetPartitions(string device)
    {
        PartitionList* list = Api.guestfs_part_list(Handle, device);
        if (list is null)
            throw Failure("part_list");
        try
        {
            List<GuestPartition> partitions = [];
            for (uint i = 0; i < list->Length; i++)
                partitions.Add(new GuestPartition(list->Items[i].Number, (long)list->Items[i].Start, (long)list->Items[i].Size));
            return partitions;
        }
        finally
        {
            Api.guestfs_free_partition_list(list);
        }
    }

    /// <param name="kind"><c>ext4</c>, <c>vfat</c>, <c>xfs</c>, …</param>
    public void MakeFileSystem(string kind, string device, string? label = null, string? features = null, int? blockSize = null)
    {
        using NativeArgument labelText = new(label);
        using NativeArgument featureText = new(features);
        MakeFileSystemArguments arguments = new()
        {
            Mask = (label is null ? 0 : MakeFileSystemArguments.LabelBit) | (features is null ? 0 : MakeFileSystemArguments.FeaturesBit)
                | (blockSize is null ? 0 : MakeFileSystemArguments.BlockSizeBit),
            Label = labelText.Pointer,
            Features = featureText.Pointer,
            BlockSize = blockSize ?? 0,
        };
        Check("mkfs_opts", Api.guestfs_mkfs_opts_argv(Handle, kind, device, in arguments));
    }

    /// <summary>Type of the file system on a device; empty when there is none.</summary>
    public string FileSystemType(string device) => NativeText.Take(Check("vfs_type", Api.guestfs_vfs_type(Handle, device)));

    public string FileSystemUuid(string device) => NativeText.Take(Check("vfs_uuid", Api.guestfs_vfs_uuid(Handle, device)));

    public string FileSystemLabel(string device) => NativeText.Take(Check("vfs_label", Api.guestfs_vfs_label(Handle, device)));

    /// <summary>Makes a LUKS container; the key derivation takes 15 s under emulation.</summary>
    /// <param name="passphrase">The library passes it as text, so a binary key cannot be given.</param>
    public Task FormatLuksAsync(string device, string passphrase, int slot = 0, CancellationToken cancellation = default) =>
        RunAsync(() => Check("luks_format", Api.guestfs_luks_format(Handle, device, passphrase, slot)), cancellation);

    /// <summary>Opens a LUKS 1 or 2 container as <c>/dev/mapper/NAME</c>.</summary>
    public Task OpenLuksAsync(string device, string passphrase, string name, bool readOnly = false, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            CryptOpenArguments arguments = new() { Mask = CryptOpenArguments.ReadOnlyBit, ReadOnly = readOnly ? 1 : 0 };
            return Check("cryptsetup_open", Api.guestfs_cryptsetup_open_argv(Handle, device, passphrase, name, in arguments));
        },
        cancellation);

    /// <param name="device"><c>/dev/mapper/NAME</c>.</param>
    public void CloseLuks(string device) => Check("cryptsetup_close", Api.guestfs_cryptsetup_close(Handle, device));

    public Guid LuksUuid(string device) => Guid.Parse(NativeText.Take(Check("luks_uuid", Api.guestfs_luks_uuid(Handle, device))));

    private static Dictionary<string, string> Pairs(List<string> flat)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        for (int i = 0; i + 1 < flat.Count; i += 2)
            pairs[flat[i]] = flat[i + 1];
        return pairs;
    }
}
