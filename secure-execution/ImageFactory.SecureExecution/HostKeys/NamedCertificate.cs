using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>A certificate, the file it came from, and what .NET does not give: names as entries, the signed bytes, the authority key id.</summary>
internal sealed class NamedCertificate
{
    private NamedCertificate(string file, X509Certificate2 certificate, DistinguishedName subject, DistinguishedName issuer, SignedData data, AuthorityKeyId? authority)
    {
        File = file;
        Certificate = certificate;
        Subject = subject;
        Issuer = issuer;
        Data = data;
        Authority = authority;
    }

    public string File { get; }

    public X509Certificate2 Certificate { get; }

    public DistinguishedName Subject { get; }

    public DistinguishedName Issuer { get; }

    public SignedData Data { get; }

    public AuthorityKeyId? Authority { get; }

    public DateTimeOffset NotBefore => new(Certificate.NotBefore.ToUniversalTime());

    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime());

    public bool IsSelfIssued => Subject.Equals(Issuer);

    /// <returns>Null when an extension or a name is damaged; the fault is added.</returns>
    public static NamedCertificate? Read(string file, X509Certificate2 certificate, List<Fault> faults)
    {
        try
        {
            return new NamedCertificate(
                file,
                certificate,
                DistinguishedName.Read(certificate.SubjectName.RawData),
                DistinguishedName.Read(certificate.IssuerName.RawData),
                SignedData.Read(certificate.RawData),
                AuthorityKeyId.Of(certificate));
        }
        catch (AsnContentException)
        {
            faults.Add(HostKeyFaults.DamagedExtension(file, certificate.Subject));
            return null;
        }
    }

    public bool IsSameAs(NamedCertificate other) => Certificate.RawDataMemory.Span.SequenceEqual(other.Certificate.RawDataMemory.Span);
}
