using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Publishing;

/// <summary>Certificates for the Secure Boot databases of machines, PEM or DER.</summary>
internal static class CertificateFile
{
    /// <summary>A certificate as DER, or null with the reason.</summary>
    public static byte[]? TryRead(SourcePath file, out string reason)
    {
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file.FullPath);
            reason = "";
            return certificate.RawData;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
            return null;
        }
    }
}
