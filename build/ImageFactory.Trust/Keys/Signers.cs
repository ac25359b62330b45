using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Trust.Keys;

/// <summary>Opens signing keys.</summary>
public static class Signers
{
    private const string EncryptedKey = "ENCRYPTED PRIVATE KEY";

    /// <summary>Opens the key and finds its public half, so that a key that cannot be used is told before any work.</summary>
    /// <exception cref="FactoryException">IFV101 to IFV104.</exception>
    public static async Task<ISigner> OpenAsync(SigningKeySource source, IProgramRunner programs, CancellationToken cancellation)
    {
        if (source.KeyFile is not { } file)
            return await OpenSslSigner.OpenAsync(source, programs, cancellation).ConfigureAwait(false);
        string pem = Read(file, source.Shown);
        string label = PemEncoding.TryFind(pem, out PemFields fields) ? pem[fields.Label] : throw new FactoryException(KeyFaults.NoKey(source.Shown, "it is not in PEM"));
        if (label is not ("PRIVATE KEY" or "EC PRIVATE KEY" or EncryptedKey))
            throw new FactoryException(KeyFaults.NoKey(source.Shown, $"it holds '{label}'"));
        if (label == EncryptedKey && source.PasswordFile is null)
            throw new FactoryException(KeyFaults.NoPassword(source.Shown));

        ECDsa key = ECDsa.Create();
        try
        {
            if (label == EncryptedKey)
                key.ImportFromEncryptedPem(pem, FirstLine(Read(source.PasswordFile!, source.Shown)));
            else
                key.ImportFromPem(pem);
            return new EcdsaSigner(key, VerificationKey.OfInfo(key.ExportSubjectPublicKeyInfo(), source.Shown, programs));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // No elliptic curve of .NET's: openssl says whether it is Ed25519, a wrong password, or nothing.
            key.Dispose();
            return await OpenSslSigner.OpenAsync(source, programs, cancellation).ConfigureAwait(false);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static string Read(string file, string shown)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(KeyFaults.Unreadable(shown, e.Message), e);
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd('\r');
}
