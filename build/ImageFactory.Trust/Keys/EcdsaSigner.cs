using System.Security.Cryptography;
using ImageFactory.Model;

namespace ImageFactory.Trust.Keys;

/// <summary>A key on P-256 in a file.</summary>
internal sealed class EcdsaSigner(ECDsa key, VerificationKey publicKey) : ISigner
{
    public VerificationKey PublicKey => publicKey;

    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => SignDigestAsync(Sha256.Of(content.Span), cancellation);

    public Task<byte[]> SignDigestAsync(Sha256 digest, CancellationToken cancellation) =>
        Task.FromResult(key.SignHash(Convert.FromHexString(digest.Hex), DSASignatureFormat.Rfc3279DerSequence));

    public void Dispose() => key.Dispose();
}
