using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Model;

/// <summary>Asks the file system where data and holes are (lseek(2), SEEK_DATA and SEEK_HOLE).</summary>
public static partial class SparseSeek
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoSuchAddress = 6; // ENXIO: only a hole up to the end of the file

    /// <summary>Where the next data starts; null when only a hole follows. A file system that cannot tell has data everywhere.</summary>
    public static long? NextData(SafeFileHandle file, long position)
    {
        if (!OperatingSystem.IsLinux())
            return position;
        long found = Seek(file, position, SeekData);
        if (found >= 0)
            return found;
        return Marshal.GetLastPInvokeError() == NoSuchAddress ? null : position;
    }

    /// <summary>Where the next hole starts; null when the file system cannot tell.</summary>
    public static long? NextHole(SafeFileHandle file, long position)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        long found = Seek(file, position, SeekHole);
        return found >= 0 ? found : null;
    }

    // off_t has 64 bits on every machine .NET runs on with glibc's 64-bit ABI.
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);
}
