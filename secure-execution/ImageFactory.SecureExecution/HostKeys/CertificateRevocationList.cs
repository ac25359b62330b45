using System.Formats.Asn1;
using System.Security.Cryptography;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>A certificate revocation list, parsed (RFC 5280, section 5.1). The base library reads none.</summary>
internal sealed class CertificateRevocationList
{
    private const string IssuingDistributionPointOid = "2.5.29.28";
    private const string DeltaIndicatorOid = "2.5.29.27";
    private const string CrlNumberOid = "2.5.29.20";

    private readonly HashSet<string> revoked;

    private CertificateRevocationList(string file, SignedData data, HashSet<string> revoked)
    {
        File = file;
        Data = data;
        this.revoked = revoked;
    }

    public string File { get; }

    public SignedData Data { get; }

    public required DistinguishedName Issuer { get; init; }

    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>Null: the list does not say until when it is good, so it never is.</summary>
    public required DateTimeOffset? NextUpdate { get; init; }

    public required AuthorityKeyId? AuthorityKeyId { get; init; }

    /// <summary>Why the list cannot be used for any certificate: a part of a list, or rules that are not understood.</summary>
    public required string? Limitation { get; init; }

    public int Count => revoked.Count;

    public bool Lists(ReadOnlySpan<byte> serial) => revoked.Contains(Normalize(serial));

    /// <exception cref="CryptographicException">Not a CRL in DER.</exception>
    public static CertificateRevocationList Read(string file, ReadOnlyMemory<byte> der)
    {
        try
        {
            SignedData data = SignedData.Read(der);
            return ReadList(file, data);
        }
        catch (Exception cause) when (cause is AsnContentException or ArgumentException or OverflowException)
        {
            throw new CryptographicException("not a certificate revocation list", cause);
        }
    }

    private static CertificateRevocationList ReadList(string file, SignedData data)
    {
        AsnReader list = new AsnReader(data.Signed, AsnEncodingRules.DER).ReadSequence();
        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            list.ReadInteger();
        SignedData.ReadAlgorithm(list);
        DistinguishedName issuer = DistinguishedName.Read(list.ReadEncodedValue());
        DateTimeOffset thisUpdate = ReadTime(list);
        DateTimeOffset? nextUpdate = list.HasData && IsTime(list.PeekTag()) ? ReadTime(list) : null;
        HashSet<string> revoked = list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadRevoked(list.ReadSequence()) : [];

        AuthorityKeyId? keyId = null;
        string? limitation = null;
        Asn1Tag extensionsTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
        if (list.HasData)
            (keyId, limitation) = ReadExtensions(list.ReadSequence(extensionsTag).ReadSequence());
        list.ThrowIfNotEmpty();
        return new CertificateRevocationList(file, data, revoked)
        {
            Issuer = issuer,
            ThisUpdate = thisUpdate,
            NextUpdate = nextUpdate,
            AuthorityKeyId = keyId,
            Limitation = limitation,
        };
    }

    private static HashSet<string> ReadRevoked(AsnReader entries)
    {
        HashSet<string> revoked = new(StringComparer.Ordinal);
        while (entries.HasData)
        {
            AsnReader entry = entries.ReadSequence();
            revoked.Add(Normalize(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData)
                entry.ReadSequence();
            entry.ThrowIfNotEmpty();
        }

        return revoked;
    }

    private static (AuthorityKeyId? KeyId, string? Limitation) ReadExtensions(AsnReader extensions)
    {
        AuthorityKeyId? keyId = null;
        string? limitation = null;
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string oid = extension.ReadObjectIdentifier();
            bool critical = extension.HasData && extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            byte[] value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            switch (oid)
            {
                case AuthorityKeyId.Oid:
                    keyId = AuthorityKeyId.Read(value);
                    break;
                case DeltaIndicatorOid:
                    limitation = "it is a delta CRL, which holds only changes";
                    break;
                case IssuingDistributionPointOid:
                    limitation ??= FindLimitation(value);
                    break;
                case CrlNumberOid:
                    break;
                default:
                    if (critical)
                        limitation ??= $"it has the critical extension {oid}, which is not understood";
                    break;
            }
        }

        return (keyId, limitation);
    }

    /// <summary>RFC 5280, 5.2.5: a list may cover only some certificates or some reasons. Only complete ones are taken.</summary>
    private static string? FindLimitation(byte[] value)
    {
        AsnReader point = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        while (point.HasData)
        {
            if (point.PeekTag().TagValue != 0)
                return "it covers only a part of what its issuer revokes";
            point.ReadEncodedValue();
        }

        return null;
    }

    private static bool IsTime(Asn1Tag tag) => tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static string Normalize(ReadOnlySpan<byte> serial) => Convert.ToHexStringLower(serial.TrimStart((byte)0));
}
