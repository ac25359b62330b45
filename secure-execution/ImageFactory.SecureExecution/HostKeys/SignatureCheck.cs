using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Verifies signatures with algorithms of at least 112 bits (SE format, section 9.3: security level 2).</summary>
internal static class SignatureCheck
{
    public const int MinimumRsaBits = 2048;
    public const int MinimumEcBits = 224;

    private const string RsaPss = "1.2.840.113549.1.1.10";

    public static SignatureVerdict Verify(SignedData data, PublicKey signer)
    {
        try
        {
            using RSA? rsa = signer.GetRSAPublicKey();
            if (rsa is not null)
                return Verify(data, rsa);
            using ECDsa? ecdsa = signer.GetECDsaPublicKey();
            return ecdsa is not null ? Verify(data, ecdsa) : SignatureVerdict.WeakOrUnknownAlgorithm;
        }
        catch (Exception cause) when (cause is AsnContentException || IsUnusableKey(cause))
        {
            return SignatureVerdict.Wrong;
        }
    }

    /// <summary>Null for a key of at least 112 bits, else what is wrong with it.</summary>
    public static string? FindWeakness(PublicKey key)
    {
        try
        {
            using RSA? rsa = key.GetRSAPublicKey();
            if (rsa is not null)
                return rsa.KeySize < MinimumRsaBits ? $"an RSA key of {rsa.KeySize} bits (at least {MinimumRsaBits} are needed)" : null;
            using ECDsa? ecdsa = key.GetECDsaPublicKey();
            return ecdsa is null ? "a key that is neither RSA nor EC"
                : ecdsa.KeySize < MinimumEcBits ? $"an EC key of {ecdsa.KeySize} bits (at least {MinimumEcBits} are needed)"
                : null;
        }
        catch (Exception cause) when (IsUnusableKey(cause))
        {
            return "a public key that cannot be read";
        }
    }

    /// <summary>What the base library throws for a damaged key, and for one on a curve that the platform has never heard of.</summary>
    public static bool IsUnusableKey(Exception cause) => cause is CryptographicException or PlatformNotSupportedException;

    private static SignatureVerdict Verify(SignedData data, RSA key)
    {
        (HashAlgorithmName Hash, RSASignaturePadding Padding)? scheme = data.Algorithm switch
        {
            "1.2.840.113549.1.1.11" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "1.2.840.113549.1.1.12" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "1.2.840.113549.1.1.13" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            RsaPss => ReadPss(data.Parameters),
            _ => null,
        };
        if (scheme is not { } known)
            return SignatureVerdict.WeakOrUnknownAlgorithm;
        return Verdict(key.VerifyData(data.Signed.Span, data.Signature, known.Hash, known.Padding));
    }

    private static SignatureVerdict Verify(SignedData data, ECDsa key)
    {
        HashAlgorithmName? hash = data.Algorithm switch
        {
            "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => null,
        };
        return hash is { } known
            ? Verdict(key.VerifyData(data.Signed.Span, data.Signature, known, DSASignatureFormat.Rfc3279DerSequence))
            : SignatureVerdict.WeakOrUnknownAlgorithm;
    }

    /// <summary>RFC 4055, 3.1: only the hash matters here; MGF1 with the same hash and a salt of its length is what the base library takes.</summary>
    private static (HashAlgorithmName, RSASignaturePadding)? ReadPss(ReadOnlyMemory<byte>? parameters)
    {
        if (parameters is not { } encoded)
            return null;
        AsnReader sequence = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        Asn1Tag hashTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!sequence.HasData || !sequence.PeekTag().HasSameClassAndValue(hashTag))
            return null;
        return SignedData.ReadAlgorithm(sequence.ReadSequence(hashTag)).Oid switch
        {
            "2.16.840.1.101.3.4.2.1" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "2.16.840.1.101.3.4.2.2" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            "2.16.840.1.101.3.4.2.3" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
            _ => null,
        };
    }

    private static SignatureVerdict Verdict(bool good) => good ? SignatureVerdict.Good : SignatureVerdict.Wrong;
}

internal enum SignatureVerdict
{
    Good,
    Wrong,
    WeakOrUnknownAlgorithm,
}
