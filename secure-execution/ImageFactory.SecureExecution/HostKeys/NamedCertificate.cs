using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>
/// A certificate, read completely: .NET looks at most fields only when they are asked for, and a damaged one would then throw in the
/// midst of the verification.
/// </summary>
internal sealed class NamedCertificate
{
    private const string SubjectKeyIdOid = "2.5.29.14";

    private NamedCertificate(string file, X509Certificate2 certificate)
    {
        File = file;
        Certificate = certificate;
        Subject = DistinguishedName.Read(certificate.SubjectName.RawData);
        Issuer = DistinguishedName.Read(certificate.IssuerName.RawData);
        Data = SignedData.Read(certificate.RawDataMemory);
        PublicKey = certificate.PublicKey;
        NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        foreach (X509Extension extension in certificate.Extensions)
            Read(extension);
    }

    public string File { get; }

    public X509Certificate2 Certificate { get; }

    public DistinguishedName Subject { get; }

    public DistinguishedName Issuer { get; }

    /// <summary>What is signed, how, and the signature.</summary>
    public SignedData Data { get; }

    public PublicKey PublicKey { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    public ReadOnlySpan<byte> Serial => Certificate.SerialNumberBytes.Span;

    public AuthorityKeyId? Authority { get; private set; }

    public ReadOnlyMemory<byte>? SubjectKeyId { get; private set; }

    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may be below this one; null: any number.</summary>
    public int? PathLength { get; private set; }

    /// <summary>Null: the certificate does not restrict its key.</summary>
    public X509KeyUsageFlags? KeyUsages { get; private set; }

    public bool IsSelfIssued => Subject.Equals(Issuer);

    /// <returns>Null when a name, an extension or the key is damaged; the fault is added.</returns>
    public static NamedCertificate? Read(string file, X509Certificate2 certificate, List<Fault> faults)
    {
        try
        {
            return new NamedCertificate(file, certificate);
        }
        catch (Exception cause) when (cause is AsnContentException or CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            faults.Add(HostKeyFaults.DamagedCertificate(file, cause));
            return null;
        }
    }

    public bool IsSameAs(NamedCertificate other) => Certificate.RawDataMemory.Span.SequenceEqual(other.Certificate.RawDataMemory.Span);

    public bool MayUseKeyFor(X509KeyUsageFlags usage) => KeyUsages is not { } usages || usages.HasFlag(usage);

    private void Read(X509Extension extension)
    {
        switch (extension)
        {
            case X509BasicConstraintsExtension constraints:
                IsAuthority = constraints.CertificateAuthority;
                PathLength = constraints.HasPathLengthConstraint ? constraints.PathLengthConstraint : null;
                break;
            case X509KeyUsageExtension usage:
                KeyUsages = usage.KeyUsages;
                break;
            default:
                if (extension.Oid?.Value == AuthorityKeyId.Oid)
                    Authority = AuthorityKeyId.Read(extension.RawData);
                else if (extension.Oid?.Value == SubjectKeyIdOid)
                    SubjectKeyId = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadOctetString();
                break;
        }
    }
}
