using System.Runtime.InteropServices;

namespace LibGuestFs.Net.Native;

/// <summary>A guestfs_h. Closing it ends the appliance.</summary>
internal sealed class GuestFsHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    /// <exception cref="GuestFsException">No memory.</exception>
    public static GuestFsHandle Create()
    {
        GuestFsHandle created = new();
        created.SetHandle(LibGuestFs.guestfs_create_flags(LibGuestFs.NoEnvironment));
        if (created.IsInvalid)
            throw new GuestFsException("create", "no handle could be made", 0);
        return created;
    }

    protected override bool ReleaseHandle()
    {
        LibGuestFs.guestfs_close(handle);
        return true;
    }
}
