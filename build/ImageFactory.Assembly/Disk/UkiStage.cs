using ImageFactory.Assembly.Bases;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Signing;
using ImageFactory.Images.Uki;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Joins systemd-stub, kernel, initrd and command line into the unified kernel image. The command line carries the root hash,
/// so what the firmware measures of this file covers every byte of the image.
/// </summary>
internal sealed class UkiStage(Recipe recipe, DiskSeed seed, StageFile kernel, StageFile initrd, StageFile kernelVersion) : IStage
{
    private const string Revision = "1";

    public const string StageName = "uki";
    public const string ImageFile = "podvm.efi";
    public const string FactsFile = "uki.json";

    public string Name => StageName;

    public IReadOnlyList<string> After =>
        [.. new[] { kernel.Stage, initrd.Stage, kernelVersion.Stage, AssembleRootStage.StageName, ToolSet.Image.Name }.Concat(Verified ? [VerityStage.StageName] : []).Distinct()];

    private bool Verified => recipe.Disk.Integrity == Integrity.Verity;

    public void Describe(StageKey key)
    {
        // The root hash is an input; the rest of the command line is not.
        key.Add("revision", Revision).Add("command-line", KernelCommandLine.Of(recipe, null, seed)).Add("verity", Verified ? "yes" : "no");
        // The certificate stands for its key, which never gets near a stage key.
        if (recipe.SecureBoot is { } secureBoot)
            key.Add("certificate", Sha256.Of(File.ReadAllBytes(secureBoot.Certificate.FullPath)));
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        Sha256? rootHash = Verified ? await VerityStage.ReadRootHashAsync(scope, cancellation).ConfigureAwait(false) : null;
        UkiContent content = new(
            new Toolbox(scope.Inputs[ToolSet.Image.Name]).PathOf(ToolSet.StubPath),
            kernel.In(scope),
            initrd.In(scope),
            await File.ReadAllTextAsync(scope.Input(AssembleRootStage.StageName, AssembleRootStage.OsReleaseFile), cancellation).ConfigureAwait(false),
            KernelCommandLine.Of(recipe, rootHash, seed),
            (await File.ReadAllTextAsync(kernelVersion.In(scope), cancellation).ConfigureAwait(false)).Trim());

        string path = scope.OutputFile(ImageFile);
        await using (FileStream file = File.Create(path))
            await UkiWriter.WriteAsync(content, file, cancellation).ConfigureAwait(false);
        if (recipe.SecureBoot is { } secureBoot)
        {
            using SigningKey signing = SigningKey.Load(secureBoot.Certificate.FullPath, secureBoot.Key.FullPath);
            await AuthenticodeSigner.SignAsync(path, signing, cancellation).ConfigureAwait(false);
        }

        await File.WriteAllTextAsync(scope.OutputFile(FactsFile), CanonicalJson.Write(await FactsAsync(path, content.CommandLine, rootHash, cancellation).ConfigureAwait(false)), cancellation)
            .ConfigureAwait(false);
    }

    /// <param name="commandLine">What the kernel will be given, of addons too.</param>
    internal static async Task<UkiFacts> FactsAsync(string path, string commandLine, Sha256? rootHash, CancellationToken cancellation)
    {
        using RawFileSource source = RawFileSource.Open(path);
        UkiFile uki = UkiFile.Read(source);
        List<SectionFacts> sections = [];
        foreach (PeSection section in uki.Pe.Sections)
        {
            await using Stream bytes = uki.Pe.Content(section).AsStream();
            sections.Add(new SectionFacts(section.Name, section.VirtualSize, await Sha256.OfAsync(bytes, cancellation).ConfigureAwait(false)));
        }

        return new UkiFacts(
            await Sha256.OfFileAsync(path, cancellation).ConfigureAwait(false),
            source.Length,
            commandLine,
            rootHash?.Hex,
            uki.KernelRelease ?? "unknown",
            uki.Stub?.Text,
            uki.Pe.Headers.CertificateSize != 0,
            sections);
    }
}
