using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImageFactory.Images.Signing;

/// <summary>
/// The PKCS#7 SignedData of an Authenticode signature, in DER. Its content is not an octet string as CMS has it but
/// SpcIndirectDataContent itself, and the message digest covers that without tag and length; so it is written here directly.
/// There is no signing time: the same file and key give the same signature.
/// </summary>
internal static class AuthenticodeSignature
{
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string ContentType = "1.2.840.113549.1.9.3";
    private const string MessageDigest = "1.2.840.113549.1.9.4";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string SpcIndirectData = "1.3.6.1.4.1.311.2.1.4";
    private const string SpcPeImageData = "1.3.6.1.4.1.311.2.1.15";

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    public static byte[] Create(byte[] imageDigest, SigningKey key)
    {
        byte[] content = IndirectData(imageDigest);
        AsnDecoder.ReadSequence(content, AsnEncodingRules.DER, out int valueOffset, out int valueLength, out _);
        byte[] attributes = Attributes(SHA256.HashData(content.AsSpan(valueOffset, valueLength)));

        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(SignedData);
            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSetOf())
                    WriteAlgorithm(writer, Sha256);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(SpcIndirectData);
                    using (writer.PushSequence(Context0))
                        writer.WriteEncodedValue(content);
                }

                using (writer.PushSetOf(Context0))
                    writer.WriteEncodedValue(key.Certificate.RawData);
                using (writer.PushSetOf())
                    WriteSigner(writer, key, attributes);
            }
        }

        return writer.Encode();
    }

    /// <summary>SpcIndirectDataContent: what is signed (a PE image; its link is a fixed text) and its digest.</summary>
    private static byte[] IndirectData(byte[] imageDigest)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(SpcPeImageData);
                using (writer.PushSequence())
                {
                    writer.WriteBitString([]);
                    using (writer.PushSequence(Context0))
                    using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2, isConstructed: true)))
                        writer.WriteOctetString(Encoding.BigEndianUnicode.GetBytes("<<<Obsolete>>>"), new Asn1Tag(TagClass.ContextSpecific, 0));
                }
            }

            using (writer.PushSequence())
            {
                WriteAlgorithm(writer, Sha256);
                writer.WriteOctetString(imageDigest);
            }
        }

        return writer.Encode();
    }

    /// <summary>The signed attributes as a SET: this form is signed, and stored under the tag [0].</summary>
    private static byte[] Attributes(byte[] contentDigest)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSetOf())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(ContentType);
                using (writer.PushSetOf())
                    writer.WriteObjectIdentifier(SpcIndirectData);
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(MessageDigest);
                using (writer.PushSetOf())
                    writer.WriteOctetString(contentDigest);
            }
        }

        return writer.Encode();
    }

    private static void WriteSigner(AsnWriter writer, SigningKey key, byte[] attributes)
    {
        X509Certificate2 certificate = key.Certificate;
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(certificate.IssuerName.RawData);
                writer.WriteInteger(certificate.SerialNumberBytes.Span);
            }

            WriteAlgorithm(writer, Sha256);
            byte[] stored = [.. attributes];
            stored[0] = 0xa0; // [0] instead of SET, as RFC 2315 section 9.2 has it
            writer.WriteEncodedValue(stored);
            WriteAlgorithm(writer, RsaEncryption);
            writer.WriteOctetString(key.Sign(attributes));
        }
    }

    private static void WriteAlgorithm(AsnWriter writer, string oid)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteNull();
        }
    }
}
