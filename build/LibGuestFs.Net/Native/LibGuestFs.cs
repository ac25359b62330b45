using System.Runtime.InteropServices;

namespace LibGuestFs.Net.Native;

/// <summary>
/// The part of libguestfs.so.0 that is used (guestfs.h, ABI stable since 1.0; newest function used is of 1.44).
/// Functions with optional arguments are variadic in C; their <c>_argv</c> forms take a struct whose first member says which are set.
/// </summary>
internal static partial class LibGuestFs
{
    public const string Library = "libguestfs.so.0";

    /// <summary>GUESTFS_CREATE_NO_ENVIRONMENT: variables of the process (LIBGUESTFS_…) decide nothing.</summary>
    public const uint NoEnvironment = 1;

    /// <summary>Variadic in C, without arguments behind the flags here.</summary>
    [LibraryImport(Library)]
    public static partial nint guestfs_create_flags(uint flags);

    [LibraryImport(Library)]
    public static partial void guestfs_close(nint handle);

    [LibraryImport(Library)]
    public static partial nint guestfs_last_error(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static partial int guestfs_last_errno(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static partial void guestfs_set_error_handler(GuestFsHandle handle, nint callback, nint opaque);

    [LibraryImport(Library)]
    public static unsafe partial int guestfs_set_event_callback(
        GuestFsHandle handle, delegate* unmanaged[Cdecl]<nint, nint, ulong, int, int, byte*, nuint, ulong*, nuint, void> callback, ulong events, int flags, nint opaque);

    [LibraryImport(Library)]
    public static partial int guestfs_user_cancel(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static unsafe partial VersionNumber* guestfs_version(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static unsafe partial void guestfs_free_version(VersionNumber* version);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_backend(GuestFsHandle handle, string backend);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_backend_setting(GuestFsHandle handle, string name, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_path(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_cachedir(GuestFsHandle handle, string folder);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_tmpdir(GuestFsHandle handle, string folder);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_set_append(GuestFsHandle handle, string append);

    [LibraryImport(Library)]
    public static partial int guestfs_set_network(GuestFsHandle handle, int on);

    [LibraryImport(Library)]
    public static partial int guestfs_set_memsize(GuestFsHandle handle, int mebibytes);

    [LibraryImport(Library)]
    public static partial int guestfs_set_smp(GuestFsHandle handle, int processors);

    [LibraryImport(Library)]
    public static partial int guestfs_set_verbose(GuestFsHandle handle, int on);

    [LibraryImport(Library)]
    public static partial int guestfs_set_pgroup(GuestFsHandle handle, int on);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_add_drive_opts_argv(GuestFsHandle handle, string file, ref readonly AddDriveArguments arguments);

    [LibraryImport(Library)]
    public static partial int guestfs_launch(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static partial int guestfs_shutdown(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static unsafe partial int guestfs_feature_available(GuestFsHandle handle, byte** groups);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_disk_create_argv(GuestFsHandle handle, string file, string format, long size, ref readonly DiskCreateArguments arguments);

    [LibraryImport(Library)]
    public static partial nint guestfs_list_devices(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static partial nint guestfs_list_partitions(GuestFsHandle handle);

    [LibraryImport(Library)]
    public static partial nint guestfs_list_filesystems(GuestFsHandle handle);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long guestfs_blockdev_getsize64(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_part_init(GuestFsHandle handle, string device, string kind);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_part_add(GuestFsHandle handle, string device, string kind, long firstSector, long lastSector);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_part_set_gpt_type(GuestFsHandle handle, string device, int number, string type);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_part_get_gpt_type(GuestFsHandle handle, string device, int number);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_part_set_name(GuestFsHandle handle, string device, int number, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial PartitionList* guestfs_part_list(GuestFsHandle handle, string device);

    [LibraryImport(Library)]
    public static unsafe partial void guestfs_free_partition_list(PartitionList* list);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_vfs_type(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_vfs_uuid(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_vfs_label(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_mkfs_opts_argv(GuestFsHandle handle, string kind, string device, ref readonly MakeFileSystemArguments arguments);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_luks_format(GuestFsHandle handle, string device, string key, int slot);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_cryptsetup_open_argv(GuestFsHandle handle, string device, string key, string name, ref readonly CryptOpenArguments arguments);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_cryptsetup_close(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_luks_uuid(GuestFsHandle handle, string device);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_mount_options(GuestFsHandle handle, string options, string device, string folder);

    [LibraryImport(Library)]
    public static partial int guestfs_umount_all(GuestFsHandle handle);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_umount(GuestFsHandle handle, string path);

    [LibraryImport(Library)]
    public static partial int guestfs_sync(GuestFsHandle handle);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_zero_free_space(GuestFsHandle handle, string folder);

    [LibraryImport(Library)]
    public static partial nint guestfs_inspect_os(GuestFsHandle handle);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_type(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_distro(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_product_name(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_arch(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_package_management(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_inspect_get_major_version(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_inspect_get_minor_version(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_inspect_get_mountpoints(GuestFsHandle handle, string root);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_exists(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_is_dir(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_is_file(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_ls(GuestFsHandle handle, string folder);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_glob_expand(GuestFsHandle handle, string pattern);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_readlink(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_read_file(GuestFsHandle handle, string path, out nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_write(GuestFsHandle handle, string path, ReadOnlySpan<byte> content, nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_checksum(GuestFsHandle handle, string kind, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_mkdir_p(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_rm_rf(GuestFsHandle handle, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_ln_sf(GuestFsHandle handle, string target, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_chmod(GuestFsHandle handle, int mode, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_chown(GuestFsHandle handle, int owner, int group, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_lgetxattr(GuestFsHandle handle, string path, string name, out nuint size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_lsetxattr(GuestFsHandle handle, string name, ReadOnlySpan<byte> value, int size, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_upload(GuestFsHandle handle, string file, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_download(GuestFsHandle handle, string path, string file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_tar_in_opts_argv(GuestFsHandle handle, string file, string folder, ref readonly TarInArguments arguments);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_tar_out_opts_argv(GuestFsHandle handle, string folder, string file, ref readonly TarOutArguments arguments);

    [LibraryImport(Library)]
    public static unsafe partial nint guestfs_command(GuestFsHandle handle, byte** arguments);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint guestfs_sh(GuestFsHandle handle, string command);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int guestfs_selinux_relabel_argv(GuestFsHandle handle, string specification, string path, ref readonly RelabelArguments arguments);
}
