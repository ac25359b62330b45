using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Commands;

/// <summary>Hands a key to its owner: a new file of raw bytes that only they can read. Nothing else ever writes a key down.</summary>
public static class KeyFile
{
    /// <exception cref="FactoryException">IFS256: the file exists already or cannot be made; nothing is left then.</exception>
    public static void Write(string path, SecretBytes key)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        bool created = false;
        try
        {
            using FileStream file = new(path, options);
            created = true;
            file.Write(key.Span);
            file.Flush(flushToDisk: true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            if (created)
                File.Delete(path);
            throw new FactoryException(ArgumentFaults.CannotWriteKey(path, cause), cause);
        }
    }
}
