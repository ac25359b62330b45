using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline.Platform;

/// <summary>Makes what was written survive a loss of power.</summary>
internal static class Durable
{
    internal static void SyncFolder(string path)
    {
        int descriptor = Native.Open(path, Native.OpenReadOnly | Native.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return;
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        _ = Native.Sync(descriptor);
    }

    /// <summary>Writes everything of the file system that holds the folder: cheaper than thousands of single files.</summary>
    internal static void SyncFileSystemOf(string folder)
    {
        int descriptor = Native.Open(folder, Native.OpenReadOnly | Native.OpenCloseOnExec, 0);
        if (descriptor < 0)
            return;
        using SafeFileHandle handle = new(descriptor, ownsHandle: true);
        _ = Native.SyncFileSystem(descriptor);
    }

    /// <summary>The disk starts to write while the caller goes on, so that a later flush has little left to wait for.</summary>
    internal static void StartWriting(SafeFileHandle file) =>
        _ = Native.SyncFileRange((int)file.DangerousGetHandle(), 0, 0, Native.SyncFileRangeWrite);

    /// <summary>Writes a whole file under a temporary name, then puts it in place at once.</summary>
    internal static void ReplaceFile(string path, ReadOnlySpan<byte> content, bool sync)
    {
        string temporary = $"{path}.{Guid.NewGuid():n}";
        try
        {
            using (SafeFileHandle handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, content, 0);
                if (sync)
                    RandomAccess.FlushToDisk(handle);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
