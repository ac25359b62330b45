using System.Security.Cryptography;

namespace ImageFactory.Registry.Signatures;

/// <summary>A public key that cosign signs with: ECDSA (signatures in DER) or RSA (PKCS #1 v1.5), both over SHA-256.</summary>
internal sealed record PublicKey(string Pem)
{
    /// <exception cref="FormatException">It is no such key.</exception>
    public static PublicKey Read(string pem)
    {
        PublicKey key = new(pem);
        try
        {
            _ = key.Verifies([], []);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new FormatException("a key is neither an ECDSA nor an RSA public key in PEM", e);
        }
    }

    public bool Verifies(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        if (IsRsa())
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(Pem);
            return rsa.VerifyData(payload, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(Pem);
        return ecdsa.VerifyData(payload, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private bool IsRsa()
    {
        using RSA rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(Pem);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
