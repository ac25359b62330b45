using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>A written image, and the keys its owner may keep. Disposing of it clears the keys.</summary>
public sealed record SecureImageResult(string Path, long Size, SecureExecutionHeader Header) : IDisposable
{
    /// <summary>Opens the header of exactly this image: needed for <c>se info</c> with secrets and for the unpack check.</summary>
    public required SecretBytes HeaderKey { get; init; }

    public required SecretBytes ImageKey { get; init; }

    public required SecretBytes Cck { get; init; }

    public void Dispose()
    {
        HeaderKey.Dispose();
        ImageKey.Dispose();
        Cck.Dispose();
    }
}
