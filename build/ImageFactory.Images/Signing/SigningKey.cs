using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.Images.Signing;

/// <summary>An RSA private key and the certificate that belongs to it, for signing EFI programs.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly RSA key;

    private SigningKey(X509Certificate2 certificate, RSA key)
    {
        Certificate = certificate;
        this.key = key;
    }

    public X509Certificate2 Certificate { get; }

    /// <exception cref="FactoryException">IFI321, IFI322, IFI323, IFI326: a file cannot be read or used, or the two are no pair.</exception>
    public static SigningKey Load(string certificateFile, string keyFile)
    {
        X509Certificate2 certificate = LoadCertificate(certificateFile);
        RSA? key = null;
        try
        {
            key = LoadKey(keyFile);
            using RSA? ofCertificate = certificate.GetRSAPublicKey();
            if (ofCertificate is null || !ofCertificate.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                throw SigningFaults.KeyMismatch(keyFile, certificateFile).Raise();
            return new SigningKey(certificate, key);
        }
        catch
        {
            certificate.Dispose();
            key?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }

    /// <summary>PKCS#1 v1.5 over SHA-256: the only kind every UEFI firmware checks, and the same bytes each time.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> data) => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static X509Certificate2 LoadCertificate(string file)
    {
        try
        {
            return X509Certificate2.CreateFromPem(ReadText(file));
        }
        catch (CryptographicException)
        {
            throw SigningFaults.BadCertificate(file).Raise();
        }
    }

    private static RSA LoadKey(string file)
    {
        RSA key = RSA.Create();
        try
        {
            key.ImportFromPem(ReadText(file));
            return key;
        }
        catch (Exception cause) when (cause is CryptographicException or ArgumentException)
        {
            // The cause is left out: what it says may come from the key.
            key.Dispose();
            throw SigningFaults.BadKey(file).Raise();
        }
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw SigningFaults.CannotRead(file, cause.Message).Raise(cause);
        }
    }
}
