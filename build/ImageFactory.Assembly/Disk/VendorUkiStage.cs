using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Disks;
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
/// Keeps the vendor's UKI, with its signature, and lays an addon beside it (<c>UKI.extra.d/verity.addon.efi</c>) whose command line carries the root
/// hash. systemd-stub appends an addon's command line to the UKI's own, and under Secure Boot takes only an addon that is signed.
/// </summary>
internal sealed class VendorUkiStage(Recipe recipe, DiskSeed seed, StageFile system) : IStage
{
    private const string Revision = "1";
    private const string AddonStub = "usr/lib/systemd/boot/efi/addonx64.efi.stub";
    private const string AddonName = "verity.addon.efi";

    /// <summary>Content of the EFI system partition in the output of the stage.</summary>
    public const string EspFolder = "esp";

    public string Name => UkiStage.StageName;

    public IReadOnlyList<string> After => [system.Stage, VerityStage.StageName, ToolSet.Image.Name];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("command-line", KernelCommandLine.Of(recipe, null, seed));
        if (recipe.SecureBoot is { } secureBoot)
            key.Add("certificate", Sha256.Of(File.ReadAllBytes(secureBoot.Certificate.FullPath)));
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string vendor = scope.Input(system.Stage, ReadSystemStage.EspFolder);
        string uki = await File.ReadAllTextAsync(scope.Input(system.Stage, ReadSystemStage.UkiPathFile), cancellation).ConfigureAwait(false);
        string esp = scope.OutputFile(EspFolder);
        foreach (string file in Directory.EnumerateFiles(vendor, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(esp, Path.GetRelativePath(vendor, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.Copy(Path.Combine(vendor, uki), scope.OutputFile(UkiStage.ImageFile));
        Sha256 rootHash = await VerityStage.ReadRootHashAsync(scope, cancellation).ConfigureAwait(false);
        string commandLine = KernelCommandLine.Of(recipe, rootHash, seed);
        string addon = Path.Combine(esp, uki + ".extra.d", AddonName);
        Directory.CreateDirectory(Path.GetDirectoryName(addon)!);
        await using (FileStream file = File.Create(addon))
        {
            await UkiWriter.AppendAsync(
                new Toolbox(scope.Inputs[ToolSet.Image.Name]).PathOf(AddonStub), [NewPeSection.FromText(SectionNames.CommandLine, commandLine)], file, cancellation).ConfigureAwait(false);
        }

        if (recipe.SecureBoot is { } secureBoot)
        {
            using SigningKey signing = SigningKey.Load(secureBoot.Certificate.FullPath, secureBoot.Key.FullPath);
            await AuthenticodeSigner.SignAsync(addon, signing, cancellation).ConfigureAwait(false);
        }

        UkiFacts facts = await UkiStage.FactsAsync(scope.OutputFile(UkiStage.ImageFile), commandLine, rootHash, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(UkiStage.FactsFile), CanonicalJson.Write(facts), cancellation).ConfigureAwait(false);
    }
}
