using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Authority key identifier: which key (and certificate) signed this (RFC 5280, 4.2.1.1).</summary>
internal sealed record AuthorityKeyId(ReadOnlyMemory<byte>? KeyId, DistinguishedName? Issuer, ReadOnlyMemory<byte>? Serial)
{
    public const string Oid = "2.5.29.35";

    private const string SubjectKeyIdOid = "2.5.29.14";

    /// <exception cref="AsnContentException">Not such an extension.</exception>
    public static AuthorityKeyId Read(ReadOnlyMemory<byte> value)
    {
        AsnReader sequence = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        ReadOnlyMemory<byte>? keyId = null;
        DistinguishedName? issuer = null;
        ReadOnlyMemory<byte>? serial = null;
        while (sequence.HasData)
        {
            Asn1Tag tag = sequence.PeekTag();
            switch (tag.TagValue)
            {
                case 0:
                    keyId = sequence.ReadOctetString(tag);
                    break;
                case 1:
                    issuer = ReadDirectoryName(sequence.ReadSequence(tag));
                    break;
                case 2:
                    serial = sequence.ReadIntegerBytes(tag);
                    break;
                default:
                    throw new AsnContentException("an authority key identifier has three fields");
            }
        }

        return new AuthorityKeyId(keyId, issuer, serial);
    }

    public static AuthorityKeyId? Of(X509Certificate2 certificate) =>
        certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == Oid) is { } extension ? Read(extension.RawData) : null;

    /// <summary>Whether it can mean this certificate: what is not said, or what the certificate lacks, is no contradiction.</summary>
    public bool Matches(X509Certificate2 certificate)
    {
        if (KeyId is { } keyId && SubjectKeyId(certificate) is { } subject && !keyId.Span.SequenceEqual(subject.Span))
            return false;
        if (Serial is { } serial && !serial.Span.SequenceEqual(certificate.SerialNumberBytes.Span))
            return false;
        return Issuer is null || Issuer.Equals(DistinguishedName.Read(certificate.IssuerName.RawData));
    }

    private static ReadOnlyMemory<byte>? SubjectKeyId(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(e => e.Oid?.Value == SubjectKeyIdOid) is not { } extension)
            return null;
        return new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadOctetString();
    }

    /// <summary>Of the forms that a GeneralName can have only a directory name ([4]) says something here.</summary>
    private static DistinguishedName? ReadDirectoryName(AsnReader names)
    {
        DistinguishedName? found = null;
        while (names.HasData)
        {
            Asn1Tag tag = names.PeekTag();
            if (tag.TagClass == TagClass.ContextSpecific && tag.TagValue == 4)
                found ??= DistinguishedName.Read(names.ReadSequence(tag).ReadEncodedValue());
            else
                names.ReadEncodedValue();
        }

        return found;
    }
}
