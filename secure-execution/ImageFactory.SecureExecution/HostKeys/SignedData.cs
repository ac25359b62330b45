using System.Formats.Asn1;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>The outer form of certificates and CRLs: SEQUENCE { signed bytes, algorithm, BIT STRING signature } (RFC 5280, 4.1 and 5.1).</summary>
internal sealed record SignedData(ReadOnlyMemory<byte> Signed, string Algorithm, ReadOnlyMemory<byte>? Parameters, byte[] Signature)
{
    /// <exception cref="AsnContentException">Not of this form.</exception>
    public static SignedData Read(ReadOnlyMemory<byte> der)
    {
        AsnReader outer = new(der, AsnEncodingRules.DER);
        AsnReader sequence = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        ReadOnlyMemory<byte> signed = sequence.ReadEncodedValue();
        ReadOnlyMemory<byte> identifier = sequence.PeekEncodedValue();
        (string algorithm, ReadOnlyMemory<byte>? parameters) = ReadAlgorithm(sequence);
        byte[] signature = sequence.ReadBitString(out int unused);
        sequence.ThrowIfNotEmpty();
        if (!InnerAlgorithm(signed).Span.SequenceEqual(identifier.Span))
            throw new AsnContentException("the algorithm inside is not the one outside");
        return unused == 0 ? new SignedData(signed, algorithm, parameters, signature) : throw new AsnContentException("a signature is whole bytes");
    }

    public static (string Oid, ReadOnlyMemory<byte>? Parameters) ReadAlgorithm(AsnReader reader)
    {
        AsnReader algorithm = reader.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        ReadOnlyMemory<byte>? parameters = algorithm.HasData ? algorithm.ReadEncodedValue() : null;
        algorithm.ThrowIfNotEmpty();
        return (oid, parameters);
    }

    /// <summary>The algorithm is written again among the signed bytes: behind the version and, in a certificate, the serial number.</summary>
    private static ReadOnlyMemory<byte> InnerAlgorithm(ReadOnlyMemory<byte> signed)
    {
        AsnReader fields = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        while (!fields.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            fields.ReadEncodedValue();
        return fields.ReadEncodedValue();
    }
}
