using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Trust.Keys;

/// <summary>A public key, as <c>openssl pkey -pubout</c> writes it: ECDSA on P-256, or Ed25519 (which the program openssl computes, .NET has none).</summary>
public sealed class VerificationKey
{
    /// <summary>SubjectPublicKeyInfo of Ed25519 up to its 32 bytes (RFC 8410).</summary>
    private static readonly byte[] EdwardsPrefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

    private readonly byte[] info;
    private readonly IProgramRunner programs;

    private VerificationKey(byte[] info, bool isEdwards, IProgramRunner programs)
    {
        this.info = info;
        this.programs = programs;
        SignsDigests = !isEdwards;
    }

    /// <summary>True for ECDSA: a file need not be in memory to be signed or checked.</summary>
    public bool SignsDigests { get; }

    /// <summary>Base64 of the SHA-256 of the key: a name for it, as sigstore bundles have it. It proves nothing.</summary>
    public string Hint => Convert.ToBase64String(SHA256.HashData(info));

    public string Pem => PemEncoding.WriteString("PUBLIC KEY", info) + "\n";

    /// <summary>For people: kind and hint.</summary>
    public override string ToString() => $"{(SignsDigests ? "ECDSA P-256" : "Ed25519")} {Hint}";

    /// <exception cref="FactoryException">IFV106: it cannot be read, or is no such key.</exception>
    public static VerificationKey Load(string path, IProgramRunner programs)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, programs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(KeyFaults.BadPublicKey(path, e.Message), e);
        }
    }

    /// <param name="where">Named in the fault.</param>
    /// <exception cref="FactoryException">IFV106.</exception>
    public static VerificationKey Parse(string pem, string where, IProgramRunner programs)
    {
        try
        {
            if (!PemEncoding.TryFind(pem, out PemFields fields) || pem[fields.Label] != "PUBLIC KEY")
                throw new FactoryException(KeyFaults.BadPublicKey(where, "there is no block 'PUBLIC KEY' in it"));
            return OfInfo(Convert.FromBase64String(pem[fields.Base64Data]), where, programs);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new FactoryException(KeyFaults.BadPublicKey(where, e.Message), e);
        }
    }

    /// <summary>Whether the signature of a text holds.</summary>
    public async Task<bool> HoldsAsync(ReadOnlyMemory<byte> content, byte[] signature, CancellationToken cancellation) =>
        SignsDigests ? Holds(Sha256.Of(content.Span), signature) : await EdwardsAsync(content, signature, cancellation).ConfigureAwait(false);

    /// <summary>Whether the signature of a file holds, given the file's digest. Only where <see cref="SignsDigests"/>.</summary>
    public bool Holds(Sha256 digest, byte[] signature)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(info, out _);
        return key.VerifyHash(Convert.FromHexString(digest.Hex), signature, DSASignatureFormat.Rfc3279DerSequence);
    }

    internal static VerificationKey OfInfo(byte[] info, string where, IProgramRunner programs)
    {
        if (info.AsSpan().StartsWith(EdwardsPrefix) && info.Length == EdwardsPrefix.Length + 32)
            return new VerificationKey(info, isEdwards: true, programs);
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(info, out _);
        return key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
            ? new VerificationKey(info, isEdwards: false, programs)
            : throw new FactoryException(KeyFaults.BadPublicKey(where, "its curve is not P-256"));
    }

    private async Task<bool> EdwardsAsync(ReadOnlyMemory<byte> content, byte[] signature, CancellationToken cancellation)
    {
        using OpenSslFolder folder = new();
        folder.Write("key.pub", Encoding.ASCII.GetBytes(Pem));
        folder.Write("content", content.Span);
        folder.Write("signature", signature);
        ProgramResult said = await programs.RunAsync(
            new ProgramCall("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", folder["key.pub"], "-rawin", "-in", folder["content"], "-sigfile", folder["signature"]]) { Capture = true, Accept = [0, 1] },
            cancellation).ConfigureAwait(false);
        return said.ExitCode == 0;
    }
}
