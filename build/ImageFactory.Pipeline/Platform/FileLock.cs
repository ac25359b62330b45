using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline.Platform;

/// <summary>
/// A lock between processes on a file or folder (flock): it vanishes with the process that holds it, however that ends,
/// and holds between containers that share a volume, where process ids mean nothing.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly string? removeOnRelease;

    private FileLock(SafeFileHandle handle, string? removeOnRelease)
    {
        this.handle = handle;
        this.removeOnRelease = removeOnRelease;
    }

    /// <summary>Takes the lock for one holder. The file holds <paramref name="note"/> for those who wait, and is gone after release.</summary>
    /// <returns>Null when another has it.</returns>
    internal static FileLock? TryOwn(string path, string note)
    {
        while (true)
        {
            SafeFileHandle handle = Open(path, Native.OpenReadWrite | Native.OpenCreate);
            if (!TryLock(handle, Native.LockExclusive))
            {
                handle.Dispose();
                return null;
            }

            // Whoever released the lock a moment ago has removed the file: then this is a lock on nothing.
            if (!IsStillAt(handle, path))
            {
                Release(handle);
                continue;
            }

            FileLock mine = new(handle, path);
            try
            {
                RandomAccess.SetLength(handle, 0);
                RandomAccess.Write(handle, Encoding.UTF8.GetBytes(note), 0);
                return mine;
            }
            catch
            {
                mine.Dispose();
                throw;
            }
        }
    }

    /// <returns>What the holder wrote for others to read; null when the file is gone.</returns>
    internal static string? Read(string path)
    {
        // Not through File.ReadAllText: the base library takes a lock of its own, which the holder's forbids.
        int descriptor = Native.Open(path, Native.OpenReadOnly | Native.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return null;
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        byte[] text = new byte[RandomAccess.GetLength(handle)];
        return Encoding.UTF8.GetString(text, 0, RandomAccess.Read(handle, text, 0));
    }

    /// <summary>Locks what exists: shared while it is used, exclusive to remove it.</summary>
    /// <returns>Null when it is not there, or another holds it in a way that forbids this.</returns>
    internal static FileLock? TryHold(string path, bool exclusive)
    {
        int descriptor = Native.Open(path, Native.OpenReadOnly | Native.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return null;
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        if (TryLock(handle, exclusive ? Native.LockExclusive : Native.LockShared) && IsStillAt(handle, path))
            return new FileLock(handle, removeOnRelease: null);
        Release(handle);
        return null;
    }

    /// <summary>Appends to the locked file with a single write, so that a reader never sees half of it unless the process died within.</summary>
    internal void Append(ReadOnlySpan<byte> data) => RandomAccess.Write(handle, data, RandomAccess.GetLength(handle));

    /// <summary>Releases the lock and leaves the file, as a process that died would.</summary>
    internal void Abandon() => Release(handle);

    public void Dispose()
    {
        if (handle.IsClosed)
            return;
        if (removeOnRelease is not null)
            File.Delete(removeOnRelease);
        Release(handle);
    }

    // Unlocked by name, as the end of one descriptor is not the end of the lock: a program that starts at this moment has a copy until it runs its own code.
    private static void Release(SafeFileHandle handle)
    {
        if (!handle.IsClosed)
            _ = Native.Lock((int)handle.DangerousGetHandle(), Native.LockUnlock);
        handle.Dispose();
    }

    private static SafeFileHandle Open(string path, int flags)
    {
        // Not through File.OpenHandle: the base library takes a lock of its own on every file it opens.
        int descriptor = Native.Open(path, flags | Native.OpenCloseOnExec, 0x1b6);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}", Marshal.GetLastPInvokeError());
    }

    private static bool TryLock(SafeFileHandle handle, int kind) =>
        Native.Lock((int)handle.DangerousGetHandle(), kind | Native.LockNonBlocking) == 0;

    private static bool IsStillAt(SafeFileHandle handle, string path) =>
        FileStatus.OfOpen(handle) is { } open && FileStatus.Of(path) is { } there && (open.Device, open.Inode) == (there.Device, there.Inode);
}
