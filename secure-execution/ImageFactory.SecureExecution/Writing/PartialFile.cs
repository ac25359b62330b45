using ImageFactory.Model;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>
/// A file that appears under its name only when it is complete. Until then it is called <c>….part</c> (mode 0600, locked),
/// and disposing of it without <see cref="Complete"/> removes it. One that a killed run has left is taken over.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>ENOSPC and EDQUOT of Linux, as the base library reports them.</summary>
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private readonly string path;
    private readonly string partPath;
    private readonly bool overwrite;
    private readonly FileStream stream;
    private bool completed;

    private PartialFile(string path, string partPath, bool overwrite, FileStream stream)
    {
        this.path = path;
        this.partPath = partPath;
        this.overwrite = overwrite;
        this.stream = stream;
    }

    public SafeFileHandle Handle => stream.SafeFileHandle;

    /// <exception cref="FactoryException">IFS301 to IFS304.</exception>
    public static PartialFile Create(string path, bool overwrite, long size)
    {
        if (!overwrite && Path.Exists(path))
            throw new FactoryException(WriterFaults.OutputExists(path));

        string partPath = path + ".part";
        FileStream? stream = null;
        try
        {
            if (new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/").AvailableFreeSpace < size)
                throw new FactoryException(WriterFaults.NoSpace(path, size));
            RemoveLeftOver(partPath);
            stream = Open(partPath, FileMode.CreateNew);
            stream.SetLength(size);
            return new PartialFile(path, partPath, overwrite, stream);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            if (stream is not null)
                File.Delete(partPath);
            stream?.Dispose();
            throw new FactoryException(IsNoSpace(cause) ? WriterFaults.NoSpace(path, size) : IsLocked(cause) ? WriterFaults.Busy(path) : WriterFaults.CannotCreate(path, cause), cause);
        }
    }

    public static bool IsNoSpace(Exception cause) => cause is IOException && cause.HResult is NoSpace or QuotaExceeded;

    /// <summary>Makes it durable and gives it its name.</summary>
    /// <exception cref="FactoryException">IFS301: the output has come into being meanwhile. IFS304, IFS305: the disk refuses.</exception>
    public void Complete(IWriteObserver? observer)
    {
        try
        {
            observer?.Syncing();
            RandomAccess.FlushToDisk(Handle);
            observer?.Synced();
            File.Move(partPath, path, overwrite);
            completed = true;
        }
        catch (IOException cause)
        {
            bool taken = !overwrite && Path.Exists(path);
            throw new FactoryException(taken ? WriterFaults.OutputExists(path) : WriterFaults.CannotWrite(path, cause), cause);
        }
    }

    public void Dispose()
    {
        // Removed while the lock is held: nobody can have taken it over.
        if (!completed)
            File.Delete(partPath);
        stream.Dispose();
    }

    /// <summary>Opened without sharing, a file is locked: a left-over is free, one that another run is writing is not.</summary>
    private static void RemoveLeftOver(string partPath)
    {
        if (!File.Exists(partPath))
            return;
        using FileStream leftOver = Open(partPath, FileMode.Open);
        File.Delete(partPath);
    }

    private static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    private static bool IsLocked(Exception cause) => cause is IOException && cause.HResult is 11 or unchecked((int)0x80070020);
}
