using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;

namespace ImageFactory.Trust.Verifying;

/// <summary>
/// Holds the files that a build left to what its manifest, its list of digests, its signatures and its provenance say. It reads each file once.
/// </summary>
/// <param name="folder">Absolute path.</param>
/// <param name="shownAs">As the caller wrote it.</param>
/// <param name="key">Null: signatures are not looked at.</param>
/// <param name="verification">Gets every result.</param>
public sealed class FolderVerifier(string folder, string shownAs, VerificationKey? key, Verification verification)
{
    public const string ManifestFile = "manifest.json";
    public const string SumsFile = "SHA256SUMS";

    /// <summary>Larger texts are not read whole; a manifest has about a hundred KiB.</summary>
    private const long MostText = 64 << 20;

    private readonly Dictionary<string, Sha256> found = new(StringComparer.Ordinal);

    /// <summary>Files that have a signature of their own: everything else is covered by that of the manifest.</summary>
    public static IEnumerable<string> SignedFiles(Manifest manifest, bool signsDigests) =>
    [
        .. signsDigests ? manifest.Content.Artifacts.Where(a => a.Kind == "disk").Select(a => a.File) : [],
        ManifestFile,
        .. manifest.Content.Artifacts.Where(a => a is { Kind: "measurements", File: "measurements.json" }).Select(a => a.File),
    ];

    /// <returns>The manifest, or null when there is none that can be believed to be one: then nothing else was looked at.</returns>
    public async Task<Manifest?> RunAsync(CancellationToken cancellation)
    {
        if (await ReadManifestAsync(cancellation).ConfigureAwait(false) is not { } manifest)
            return null;
        foreach (ManifestArtifact artifact in manifest.Content.Artifacts)
            await CheckArtifactAsync(manifest, artifact, cancellation).ConfigureAwait(false);
        await CheckSumsAsync(manifest, cancellation).ConfigureAwait(false);
        await CheckSignaturesAsync(manifest, cancellation).ConfigureAwait(false);
        await CheckProvenanceAsync(manifest, cancellation).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>The digest of a file that was read; null when it could not be.</summary>
    public Sha256? DigestOf(string file) => found.TryGetValue(file, out Sha256 digest) ? digest : null;

    private string At(string file) => Path.Combine(folder, file);

    private string Shown(string file) => Path.Combine(shownAs, file);

    private async Task<Manifest?> ReadManifestAsync(CancellationToken cancellation)
    {
        if (!File.Exists(At(ManifestFile)))
        {
            verification.Wrong(ManifestFile, VerifyFaults.NoManifest(Shown(ManifestFile)));
            return null;
        }

        if (await ReadAsync(ManifestFile, cancellation).ConfigureAwait(false) is not { } text)
            return null;
        try
        {
            Manifest manifest = JsonSerializer.Deserialize<Manifest>(text, CanonicalJson.Strict) ?? throw new JsonException("it is empty");
            if (manifest.Schema != Manifest.CurrentSchema)
                throw new JsonException($"its schema is not {Manifest.CurrentSchema}");
            if (!IsSound(manifest))
                throw new JsonException("a list in it has an entry that is none");
            return manifest;
        }
        catch (JsonException e)
        {
            verification.Wrong(ManifestFile, VerifyFaults.BadManifest(Shown(ManifestFile), e.Message));
            return null;
        }
    }

    private async Task CheckArtifactAsync(Manifest manifest, ManifestArtifact artifact, CancellationToken cancellation)
    {
        if (await DigestAsync(artifact.File, ManifestFile, cancellation).ConfigureAwait(false) is not { } digest)
            return;
        if (digest == artifact.Sha256)
            verification.Verified(artifact.File, $"sha256 {digest} as the manifest says");
        else if (manifest.Content.Artifacts.FirstOrDefault(a => a.Sha256 == digest) is { } other)
            verification.Wrong(artifact.File, VerifyFaults.Swapped(Shown(artifact.File), other.File));
        else
            verification.Wrong(artifact.File, VerifyFaults.Differs(Shown(artifact.File), artifact.Sha256, digest));
    }

    /// <summary>What the manifest has told of already is not told again.</summary>
    private async Task CheckSumsAsync(Manifest manifest, CancellationToken cancellation)
    {
        Dictionary<string, Sha256> wanted = manifest.Content.Artifacts.ToDictionary(a => a.File, a => a.Sha256, StringComparer.Ordinal);
        if (!File.Exists(At(SumsFile)))
        {
            verification.Wrong(SumsFile, VerifyFaults.Missing(Shown(SumsFile), "every build"));
            return;
        }

        if (await ReadAsync(SumsFile, cancellation).ConfigureAwait(false) is not { } text)
            return;
        string[] lines = System.Text.Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n');
        HashSet<string> listed = new(StringComparer.Ordinal);
        bool good = true;
        for (int i = 0; i < lines.Length; i++)
        {
            string[] parts = lines[i].Split("  ", 2);
            if (parts.Length != 2 || !Sha256.IsHex(parts[0]) || !IsPlainName(parts[1]))
            {
                Wrong(VerifyFaults.BadSums(Shown(SumsFile), i + 1));
                continue;
            }

            listed.Add(parts[1]);
            bool known = wanted.TryGetValue(parts[1], out Sha256 ofManifest);
            Sha256? digest = known ? ofManifest : await DigestAsync(parts[1], SumsFile, cancellation).ConfigureAwait(false);
            if (digest is not null && digest.Value.Hex != parts[0])
                Wrong(VerifyFaults.WrongSum(Shown(SumsFile), parts[1]));
        }

        foreach (string file in wanted.Keys.Append(ManifestFile).Where(f => !listed.Contains(f)))
            Wrong(VerifyFaults.NotListed(Shown(SumsFile), file));
        if (good)
            verification.Verified(SumsFile, $"{lines.Length} digests");

        void Wrong(Fault fault)
        {
            good = false;
            verification.Wrong(SumsFile, fault);
        }
    }

    private async Task CheckSignaturesAsync(Manifest manifest, CancellationToken cancellation)
    {
        if (key is null)
        {
            verification.NotVerified("signatures", "no key was given (--key)");
            return;
        }

        foreach (string file in SignedFiles(manifest, key.SignsDigests))
        {
            string name = file + DetachedSignature.Extension;
            if (!File.Exists(At(name)))
                verification.Wrong(name, VerifyFaults.NoSignature(Shown(name)));
            else if (await ReadAsync(name, cancellation).ConfigureAwait(false) is { } text && File.Exists(At(file)))
                await CheckSignatureAsync(file, name, text, cancellation).ConfigureAwait(false);
        }

        if (!key.SignsDigests)
            verification.NotVerified("signature of the image", "keys of Ed25519 sign no large files: the signed manifest names its digest");
    }

    private async Task CheckSignatureAsync(string file, string name, byte[] text, CancellationToken cancellation)
    {
        if (DetachedSignature.Read(text) is not { } signature)
        {
            verification.Wrong(name, VerifyFaults.BadSignature(Shown(name)));
            return;
        }

        bool holds = key!.SignsDigests
            ? DigestOf(file) is { } digest && key.Holds(digest, signature)
            : await key.HoldsAsync(await File.ReadAllBytesAsync(At(file), cancellation).ConfigureAwait(false), signature, cancellation).ConfigureAwait(false);
        if (holds)
            verification.Verified(name, $"signed with {key}");
        else
            verification.Wrong(name, VerifyFaults.SignatureDoesNotHold(Shown(name), key.ToString()));
    }

    private async Task CheckProvenanceAsync(Manifest manifest, CancellationToken cancellation)
    {
        string name = File.Exists(At(Provenance.SignedFile)) ? Provenance.SignedFile : Provenance.UnsignedFile;
        if (!File.Exists(At(name)))
        {
            verification.Wrong("provenance", VerifyFaults.NoProvenance(shownAs));
            return;
        }

        if (await ReadAsync(name, cancellation).ConfigureAwait(false) is not { } text)
            return;
        try
        {
            bool signed = name == Provenance.SignedFile;
            string how = "not signed: anybody may have written it";
            if (signed)
            {
                DsseEnvelope envelope = DsseEnvelope.Parse(text);
                if (key is not null && !await envelope.HoldsAsync(key, cancellation).ConfigureAwait(false))
                {
                    verification.Wrong(name, VerifyFaults.SignatureDoesNotHold(Shown(name), key.ToString()));
                    return;
                }

                if (envelope.PayloadType != DsseEnvelope.InTotoType)
                    throw new FormatException($"its payload is of the type '{envelope.PayloadType}'");
                how = key is null ? "its signature was not looked at" : $"signed with {key}";
                text = envelope.Payload;
            }
            else if (key is not null)
            {
                verification.Wrong(name, VerifyFaults.UnsignedProvenance(Shown(name)));
            }

            CheckStatement(name, how, Statement.Parse(text), manifest);
        }
        catch (FormatException e)
        {
            verification.Wrong(name, VerifyFaults.BadProvenance(Shown(name), e.Message));
        }
    }

    private void CheckStatement(string name, string how, Statement statement, Manifest manifest)
    {
        HashSet<Sha256> stated = [.. statement.Subjects.Select(s => s.Digest)];
        string? problem = Provenance.Contradiction(statement, manifest);
        if (problem is null && manifest.Content.Artifacts.FirstOrDefault(a => !stated.Contains(a.Sha256)) is { } artifact)
            problem = $"it does not speak of this {artifact.File}";
        if (problem is null && DigestOf(ManifestFile) is { } own && !stated.Contains(own))
            problem = $"it does not speak of this {ManifestFile}";
        if (problem is null)
            verification.Verified(name, $"states how {statement.Subjects.Count} files were made; {how}");
        else
            verification.Wrong(name, VerifyFaults.OtherProvenance(Shown(name), problem));
    }

    private async Task<Sha256?> DigestAsync(string file, string namedBy, CancellationToken cancellation)
    {
        if (DigestOf(file) is { } known)
            return known;
        try
        {
            Sha256 digest = await Sha256.OfFileAsync(At(file), cancellation).ConfigureAwait(false);
            found[file] = digest;
            return digest;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            verification.Wrong(file, VerifyFaults.Missing(Shown(file), namedBy));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            verification.Wrong(file, VerifyFaults.CannotRead(Shown(file), e.Message));
        }

        return null;
    }

    private async Task<byte[]?> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            if (new FileInfo(At(file)).Length > MostText)
                throw new IOException($"it is larger than {MostText >> 20} MiB");
            byte[] content = await File.ReadAllBytesAsync(At(file), cancellation).ConfigureAwait(false);
            found[file] = Sha256.Of(content);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            verification.Wrong(file, VerifyFaults.CannotRead(Shown(file), e.Message));
            return null;
        }
    }

    /// <summary>What the types of its members do not say.</summary>
    private static bool IsSound(Manifest manifest) =>
        manifest.Content.Artifacts.All(a => a is not null && IsPlainName(a.File))
        && manifest.Content.Artifacts.Select(a => a.File).Append(ManifestFile).Append(SumsFile).Distinct(StringComparer.Ordinal).Count() == manifest.Content.Artifacts.Count + 2
        && manifest.Content.Inputs.All(i => i is not null)
        && manifest.Run.Stages.All(s => s is not null);

    /// <summary>A name from a file that somebody else wrote must not lead out of the folder.</summary>
    private static bool IsPlainName(string? name) => name is { Length: > 0 } && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal);
}
