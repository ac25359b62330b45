using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Commands;

/// <summary>Keys that the owner of an image brings along; what is null will be drawn. Disposing of it clears them.</summary>
public sealed record OwnerKeys(SecretBytes? Cck, SecretBytes? HeaderKey, SecretBytes? ImageKey) : IDisposable
{
    /// <summary>No key has more; a file that has is refused by its size later, so reading stops here.</summary>
    private const int MaximumSize = 4096;

    /// <summary>Reads key files: raw bytes. Sizes are checked where the keys are used.</summary>
    public static OwnerKeys Read(string? cckFile, string? headerKeyFile, string? imageKeyFile, List<Fault> faults) =>
        new(ReadKey(cckFile, faults), ReadKey(headerKeyFile, faults), ReadKey(imageKeyFile, faults));

    /// <summary>Reads one key file without leaving copies of it in memory; null when there is none or it has a fault.</summary>
    public static SecretBytes? ReadKey(string? file, List<Fault> faults)
    {
        if (file is null)
            return null;
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            SecretBytes key = new((int)Math.Min(stream.Length, MaximumSize));
            stream.ReadExactly(key.Span);
            return key;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(ArgumentFaults.KeyFile(file, cause));
            return null;
        }
    }

    public void Dispose()
    {
        Cck?.Dispose();
        HeaderKey?.Dispose();
        ImageKey?.Dispose();
    }
}
