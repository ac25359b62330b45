using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.SecureBoot;

/// <summary>Reads the keys that a recipe names.</summary>
public static class EnrolledKeyFiles
{
    /// <summary>All files, in a fixed order.</summary>
    public static IEnumerable<SourcePath> In(EnrolledKeySettings keys) => [keys.Pk, .. keys.Kek, .. keys.Db, .. keys.Dbx is null ? Array.Empty<SourcePath>() : [keys.Dbx]];

    /// <exception cref="FactoryException">IFM305: a file is no certificate. All at once.</exception>
    public static EnrolledKeys Load(EnrolledKeySettings keys)
    {
        List<Fault> faults = [];
        X509Certificate2? platformKey = Certificate(keys.Pk);
        List<X509Certificate2?> exchange = [.. keys.Kek.Select(Certificate)];
        List<X509Certificate2?> allowed = [.. keys.Db.Select(Certificate)];
        FactoryException.ThrowIfAny(faults);
        return new EnrolledKeys(
            Guid.Parse(keys.Owner),
            platformKey!,
            [.. exchange.OfType<X509Certificate2>()],
            [.. allowed.OfType<X509Certificate2>()],
            keys.Dbx is null ? default(ReadOnlyMemory<byte>) : File.ReadAllBytes(keys.Dbx.FullPath));

        X509Certificate2? Certificate(SourcePath path)
        {
            try
            {
                return X509CertificateLoader.LoadCertificateFromFile(path.FullPath);
            }
            catch (CryptographicException e)
            {
                faults.Add(SecureBootFaults.NotACertificate(path.Text, e.Message));
                return null;
            }
        }
    }
}
