using ImageFactory.Model;

namespace ImageFactory.Trust.Keys;

/// <summary>
/// A private key that signs. Signatures are those that cosign makes and checks: ECDSA over SHA-256 in DER, or Ed25519 over the bytes themselves.
/// Neither the key nor its password is ever an argument of a program, or in a message.
/// </summary>
public interface ISigner : IDisposable
{
    /// <summary>What others check the signatures with.</summary>
    VerificationKey PublicKey { get; }

    /// <summary>Signs a text that fits into memory.</summary>
    /// <exception cref="FactoryException">IFV104: the token or openssl refused.</exception>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Signs a file of any size by its digest. Only where <see cref="VerificationKey.SignsDigests"/>.</summary>
    /// <exception cref="FactoryException">IFV104: the token refused.</exception>
    Task<byte[]> SignDigestAsync(Sha256 digest, CancellationToken cancellation);
}
