using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>The certificates and CRLs of one file: PEM with any number of both, or DER with one.</summary>
internal sealed record CertificateFile(string Path, IReadOnlyList<X509Certificate2> Certificates, IReadOnlyList<CertificateRevocationList> Crls)
{
    /// <summary>The CRLs of the large public authorities have some MiB.</summary>
    private const long MaximumSize = 64 << 20;

    /// <returns>Null when the file has a fault, which is then among <paramref name="faults"/>.</returns>
    public static CertificateFile? Read(string path, string expected, List<Fault> faults)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > MaximumSize)
            {
                faults.Add(HostKeyFaults.TooLarge(path, expected));
                return null;
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(HostKeyFaults.CannotRead(path, expected, cause));
            return null;
        }

        return Parse(path, bytes, expected, faults);
    }

    public static CertificateFile? Parse(string path, byte[] bytes, string expected, List<Fault> faults)
    {
        List<X509Certificate2> certificates = [];
        List<CertificateRevocationList> crls = [];
        try
        {
            if (!ReadPem(path, bytes, certificates, crls))
                ReadDer(path, bytes, certificates, crls);
            return new CertificateFile(path, certificates, crls);
        }
        catch (CryptographicException cause)
        {
            certificates.ForEach(c => c.Dispose());
            faults.Add(HostKeyFaults.NotACertificateFile(path, expected, bytes.Length == 0 ? "the file is empty" : cause.Message));
            return null;
        }
    }

    private static bool ReadPem(string path, byte[] bytes, List<X509Certificate2> certificates, List<CertificateRevocationList> crls)
    {
        if (bytes.AsSpan().IndexOf("-----BEGIN "u8) < 0)
            return false;
        ReadOnlySpan<char> text = Encoding.Latin1.GetString(bytes);
        bool any = false;
        while (PemEncoding.TryFind(text, out PemFields fields))
        {
            any = true;
            ReadOnlySpan<char> label = text[fields.Label];
            if (label is "CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE")
                certificates.Add(ReadCertificate(Decode(text[fields.Base64Data])));
            else if (label is "X509 CRL")
                crls.Add(CertificateRevocationList.Read(path, Decode(text[fields.Base64Data])));
            text = text[fields.Location.End..];
        }

        return any;
    }

    private static void ReadDer(string path, byte[] bytes, List<X509Certificate2> certificates, List<CertificateRevocationList> crls)
    {
        // A list is tried first: it is the stricter parser, and no certificate passes it.
        try
        {
            crls.Add(CertificateRevocationList.Read(path, bytes));
        }
        catch (CryptographicException)
        {
            certificates.Add(ReadCertificate(bytes));
        }
    }

    /// <summary>The base library takes PKCS#7 and PKCS#12 for certificates as well, so the outer form is tested before.</summary>
    private static X509Certificate2 ReadCertificate(byte[] der)
    {
        try
        {
            SignedData.Read(der);
        }
        catch (System.Formats.Asn1.AsnContentException cause)
        {
            throw new CryptographicException("not a certificate", cause);
        }

        return X509CertificateLoader.LoadCertificate(der);
    }

    private static byte[] Decode(ReadOnlySpan<char> base64)
    {
        try
        {
            return Convert.FromBase64String(base64.ToString());
        }
        catch (FormatException cause)
        {
            throw new CryptographicException("the base64 text is damaged", cause);
        }
    }
}
