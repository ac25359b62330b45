using ImageFactory.Assembly;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <summary>States how a build came to be, and signs what it leaves where the recipe names a key. Opened before any stage runs.</summary>
internal sealed class BuildSigning : IDisposable
{
    private readonly ISigner? signer;

    private BuildSigning(ISigner? signer) => this.signer = signer;

    public ISigner? Signer => signer;

    /// <exception cref="FactoryException">The recipe's key cannot be used.</exception>
    public static async Task<BuildSigning> OpenAsync(Recipe recipe, IReadOnlyDictionary<string, string> environment, IProgramRunner programs, CancellationToken cancellation)
    {
        if (recipe.Signing is not { } settings)
            return new BuildSigning(null);
        SigningKeySource source = new()
        {
            KeyFile = settings.Key?.FullPath,
            Token = settings.Token,
            PasswordFile = settings.PasswordFile?.FullPath,
            Shown = settings.Key?.Text ?? settings.Token!,
            Environment = settings.Token is null ? new Dictionary<string, string>() : SigningKeySource.TokenVariables(environment),
        };
        return new BuildSigning(await Signers.OpenAsync(source, programs, cancellation).ConfigureAwait(false));
    }

    /// <summary>What lies beside the manifest and speaks of it: the provenance, and with a key the signatures.</summary>
    public async Task<IReadOnlyList<(string Name, byte[] Content)>> FilesAsync(Manifest manifest, byte[] manifestText, RunResult run, CancellationToken cancellation)
    {
        Sha256 own = Sha256.Of(manifestText);
        byte[] statement = ProvenanceOf([.. manifest.Content.Artifacts.Select(a => new StatementSubject(a.File, a.Sha256)), new(FolderVerifier.ManifestFile, own)], manifest, run).ToJson();
        if (signer is null)
            return [(Provenance.UnsignedFile, statement)];

        List<(string, byte[])> files = [(Provenance.SignedFile, (await DsseEnvelope.SignAsync(statement, signer, cancellation).ConfigureAwait(false)).ToJson(signer.PublicKey.Hint))];
        foreach (string file in FolderVerifier.SignedFiles(manifest, signer.PublicKey.SignsDigests))
        {
            byte[] signature = signer.PublicKey.SignsDigests
                ? await signer.SignDigestAsync(file == FolderVerifier.ManifestFile ? own : manifest.Content.Artifacts.First(a => a.File == file).Sha256, cancellation).ConfigureAwait(false)
                : await signer.SignAsync(file == FolderVerifier.ManifestFile ? manifestText : ReadSmall(run, file), cancellation).ConfigureAwait(false);
            files.Add((file + DetachedSignature.Extension, DetachedSignature.Write(signature)));
        }

        return files;
    }

    /// <summary>Names that <see cref="FilesAsync"/> may have given to an earlier build of the recipe.</summary>
    public static IEnumerable<string> PossibleFiles(Manifest manifest) =>
    [
        Provenance.UnsignedFile,
        Provenance.SignedFile,
        .. FolderVerifier.SignedFiles(manifest, signsDigests: true).Select(f => f + DetachedSignature.Extension),
    ];

    public static Statement ProvenanceOf(IReadOnlyList<StatementSubject> subjects, Manifest manifest, RunResult run) => Provenance.Of(
        subjects,
        manifest,
        [
            .. run.Stages.FirstOrDefault(s => s.Stage == ImageBuild.LockGoal)?.Output is { } packages
                ? ImageBuild.ReadPackages(packages).Select(p => new ResolvedInput(p.Name, p.Url, p.Digest))
                : [],
        ]);

    public void Dispose() => signer?.Dispose();

    /// <summary>A text among the outputs of the stages.</summary>
    private static byte[] ReadSmall(RunResult run, string file) =>
        File.ReadAllBytes(run.Stages.Where(s => s.Output is not null).Select(s => Path.Combine(s.Output!.FullName, file)).First(File.Exists));
}
