using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Trust.Keys;

/// <summary>
/// Signs through the program openssl: with an Ed25519 key in a file, or a key that never leaves its PKCS#11 token (by libp11's engine). The password
/// or PIN is read by openssl itself from a file.
/// </summary>
internal sealed class OpenSslSigner : ISigner
{
    private readonly IProgramRunner programs;
    private readonly SigningKeySource source;

    private OpenSslSigner(SigningKeySource source, VerificationKey publicKey, IProgramRunner programs)
    {
        this.source = source;
        this.programs = programs;
        PublicKey = publicKey;
    }

    public VerificationKey PublicKey { get; }

    /// <exception cref="FactoryException">IFV102 to IFV104.</exception>
    public static async Task<OpenSslSigner> OpenAsync(SigningKeySource source, IProgramRunner programs, CancellationToken cancellation)
    {
        ProgramResult said = await RunAsync(source, programs, ["pkey", "-pubout", .. KeyArguments(source, "-in")], cancellation).ConfigureAwait(false);
        return new OpenSslSigner(source, VerificationKey.Parse(said.Output, source.Shown, programs), programs);
    }

    public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (PublicKey.SignsDigests)
            return await SignDigestAsync(Sha256.Of(content.Span), cancellation).ConfigureAwait(false);
        return await SignAsync(content, ["-rawin"], cancellation).ConfigureAwait(false);
    }

    public Task<byte[]> SignDigestAsync(Sha256 digest, CancellationToken cancellation) =>
        SignAsync(Convert.FromHexString(digest.Hex), ["-pkeyopt", "digest:sha256"], cancellation);

    public void Dispose()
    {
    }

    private async Task<byte[]> SignAsync(ReadOnlyMemory<byte> content, string[] form, CancellationToken cancellation)
    {
        using OpenSslFolder folder = new();
        folder.Write("content", content.Span);
        await RunAsync(source, programs, ["pkeyutl", "-sign", .. KeyArguments(source, "-inkey"), .. form, "-in", folder["content"], "-out", folder["signature"]], cancellation).ConfigureAwait(false);
        return await File.ReadAllBytesAsync(folder["signature"], cancellation).ConfigureAwait(false);
    }

    private static IEnumerable<string> KeyArguments(SigningKeySource source, string option)
    {
        string[] engine = source.Token is null ? [] : option == "-in" ? ["-engine", "pkcs11", "-inform", "engine"] : ["-engine", "pkcs11", "-keyform", "engine"];
        string[] password = source.PasswordFile is { } file ? ["-passin", $"file:{file}"] : ["-passin", "pass:"];
        return [.. engine, option, source.Token ?? source.KeyFile!, .. password];
    }

    private static async Task<ProgramResult> RunAsync(SigningKeySource source, IProgramRunner programs, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        try
        {
            return await programs.RunAsync(
                new ProgramCall("openssl", arguments)
                {
                    Capture = true,
                    Environment = source.Environment,
                    Failure = ExitCode.Configuration,
                    Limit = TimeSpan.FromMinutes(1),
                },
                cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e) when (e.Faults is [{ Code: "IFP402" or "IFP403" } said])
        {
            // The engine of libp11 0.4.12 may end by a signal when a token has no such key.
            throw new FactoryException(KeyFaults.OpenSslRefused(source.Shown, said.Detail), e);
        }
    }
}
