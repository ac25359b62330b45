using LibGuestFs.Net.Native;
using Api = LibGuestFs.Net.Native.LibGuestFs;

namespace LibGuestFs.Net;

/// <summary>Finding and mounting operating systems.</summary>
public sealed partial class GuestFs
{
    /// <summary>Looks for operating systems on all drives; a machine with several has several. Takes some 15 s under emulation.</summary>
    public Task<IReadOnlyList<GuestSystem>> InspectAsync(CancellationToken cancellation = default) => RunAsync<IReadOnlyList<GuestSystem>>(
        () => [.. NativeText.TakeList(Check("inspect_os", Api.guestfs_inspect_os(Handle))).Select(Describe)], cancellation);

    /// <summary>Mounts a system's file systems where its /etc/fstab has them, the outer ones first.</summary>
    /// <returns>Those that could not be mounted, but for the root, which must.</returns>
    public IReadOnlyList<GuestFsException> MountAll(GuestSystem system, bool readOnly)
    {
        List<GuestFsException> failures = [];
        foreach ((string folder, string device) in system.MountPoints.OrderBy(m => m.Key.Length).ThenBy(m => m.Key, StringComparer.Ordinal))
        {
            try
            {
                Mount(device, folder, readOnly ? "ro" : "");
            }
            catch (GuestFsException e) when (folder != "/")
            {
                failures.Add(e);
            }
        }

        return failures;
    }

    /// <param name="folder">A mount point; other than <c>/</c> it must exist in what is mounted there.</param>
    /// <param name="mountOptions">As mount -o, separated by commas; empty for none.</param>
    public void Mount(string device, string folder, string mountOptions = "") => Check("mount_options", Api.guestfs_mount_options(Handle, mountOptions, device, folder));

    public void Unmount(string folder) => Check("umount", Api.guestfs_umount(Handle, folder));

    public void UnmountAll() => Check("umount_all", Api.guestfs_umount_all(Handle));

    /// <summary>Writes everything to the disks.</summary>
    public void Sync() => Check("sync", Api.guestfs_sync(Handle));

    private GuestSystem Describe(string root)
    {
        // Unknown parts have -1 or "unknown".
        int major = Math.Max(0, Api.guestfs_inspect_get_major_version(Handle, root));
        int minor = Math.Max(0, Api.guestfs_inspect_get_minor_version(Handle, root));
        return new GuestSystem(
            root,
            NativeText.Take(Check("inspect_get_type", Api.guestfs_inspect_get_type(Handle, root))),
            NativeText.Take(Check("inspect_get_distro", Api.guestfs_inspect_get_distro(Handle, root))),
            NativeText.Take(Check("inspect_get_product_name", Api.guestfs_inspect_get_product_name(Handle, root))),
            new Version(major, minor),
            NativeText.Take(Check("inspect_get_arch", Api.guestfs_inspect_get_arch(Handle, root))),
            NativeText.Take(Check("inspect_get_package_management", Api.guestfs_inspect_get_package_management(Handle, root))),
            Pairs(NativeText.TakeList(Check("inspect_get_mountpoints", Api.guestfs_inspect_get_mountpoints(Handle, root)))));
    }
}
