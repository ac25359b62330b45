using System.Formats.Asn1;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Authority key identifier: which key (and certificate) signed this (RFC 5280, 4.2.1.1).</summary>
internal sealed record AuthorityKeyId(ReadOnlyMemory<byte>? KeyId, DistinguishedName? Issuer, ReadOnlyMemory<byte>? Serial)
{
    public const string Oid = "2.5.29.35";

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
            if (tag.TagClass != TagClass.ContextSpecific)
                throw new AsnContentException("the fields of an authority key identifier are tagged by context");
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

    /// <summary>Whether it can mean this certificate: what is not said, or what the certificate lacks, is no contradiction.</summary>
    public bool Matches(NamedCertificate certificate)
    {
        if (KeyId is { } keyId && certificate.SubjectKeyId is { } subject && !keyId.Span.SequenceEqual(subject.Span))
            return false;
        if (Serial is { } serial && !serial.Span.SequenceEqual(certificate.Serial))
            return false;
        return Issuer is null || Issuer.Equals(certificate.Issuer);
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
