using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>A written container. The passphrase (64 bytes, the content of the guest's key file) is the only way in; disposing clears it.</summary>
/// <param name="Size">Of the container: data offset plus data.</param>
/// <param name="EncryptedBytes">What was in use and so was encrypted; the rest are holes.</param>
public sealed record Luks2Result(Guid Uuid, long Size, long EncryptedBytes, SecretBytes Passphrase) : IDisposable
{
    public void Dispose() => Passphrase.Dispose();
}
