using System.Text.Json;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Bases.Qcow2;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Disk.S390x;
using ImageFactory.Assembly.Locking;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Images.Signing;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly;

/// <summary>The stages that make the image of a recipe, and where its parts lie in their outputs.</summary>
public sealed class ImageBuild
{
    private readonly AssembledRoot? root;

    /// <param name="root">Null for an image that is taken as it is.</param>
    private ImageBuild(Recipe recipe, IReadOnlyList<IStage> stages, IReadOnlyList<LockedInput> files, AssembledRoot? root)
    {
        this.root = root;
        Stages = stages;
        Files = files;
        ImageFile = DiskStage.ImageFile(recipe.Disk);
    }

    /// <summary>The stage whose output is the image; reaching it is a build.</summary>
    public const string Goal = DiskStage.StageName;

    public const string RootGoal = AssembleRootStage.StageName;

    public const string UkiGoal = UkiStage.StageName;

    public const string SecureGoal = SecureStage.StageName;

    /// <summary>The stage that lists what is in the image.</summary>
    public const string ListingGoal = SbomStage.StageName;

    /// <summary>What the files of <see cref="ListingGoal"/> are.</summary>
    public const string ListingKind = SbomStage.ArtifactKind;

    /// <summary>The one of them that is in the form of CycloneDX.</summary>
    public const string ListingFile = CycloneDxWriter.FileName;

    /// <summary>The stage that pins packages; reaching it is what <c>lock</c> needs.</summary>
    public const string LockGoal = ResolvePackagesStage.StageName;

    /// <summary>File with the pinned packages in the output of <see cref="LockGoal"/>.</summary>
    public const string LockFile = ResolvePackagesStage.LockFile;

    /// <summary>The stage that brings every locked package into the store's cache, those of the tools among them; not there when nothing is made from packages.</summary>
    public const string FetchGoal = FetchPackagesStage.StageName;

    /// <summary>Every package that <see cref="FetchGoal"/> has fetched, once each, and where it lies.</summary>
    /// <param name="output">Of the stage.</param>
    /// <param name="cache">Of the store.</param>
    public static IEnumerable<(string Name, Sha256 Digest, string Path)> ReadFetched(DirectoryInfo output, DirectoryInfo cache) => FetchPackagesStage.Read(output)
        .Select(p => ($"{p.Name} {p.Version} {p.Architecture}", p.Sha256, Path.Combine(cache.FullName, PackageCache.FolderName, p.Sha256.Hex + ".deb")));

    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>Overlay trees, and payloads that lie on this machine.</summary>
    public IReadOnlyList<LockedInput> Files { get; }

    /// <summary>Stages that find out what an image's reference stands for, where it is no digest, with that reference.</summary>
    public IReadOnlyList<(string Stage, string Reference)> UnpinnedImages =>
        [.. Stages.OfType<ResolveImageStage>().Where(s => s.Unpinned is not null).Select(s => (s.Name, s.Unpinned!))];

    /// <summary>
    /// The images that the build asks registries for, by digest where the recipe or its lock file has one; and whether a bundle has to hold their layers, or only what they are
    /// called: of those that a Containerfile starts from the result is there.
    /// </summary>
    public IReadOnlyList<(ImageReference Image, bool Whole)> Images =>
        [.. Stages.OfType<ResolveImageStage>().GroupBy(s => s.Wanted).Select(g => (g.Key, !g.All(s => s.IsNamedOnly)))];

    /// <summary>Stages that pin what only the container engine has.</summary>
    public IReadOnlyList<string> LocalImages => [.. Stages.OfType<PinLocalImageStage>().Select(s => s.Name)];

    /// <summary>The stage that saves the container that a bootc base yields, where no registry has it; null for other bases.</summary>
    public string? SavedContainer => Stages.OfType<SaveContainerStage>().FirstOrDefault()?.Name;

    /// <summary>From the output of <see cref="SavedContainer"/>: the container's id, and its archive.</summary>
    public static (string Id, string Archive) ReadSavedContainer(DirectoryInfo output) => SaveContainerStage.Read(output);

    /// <summary>The disk that the build fetches from an address: its digest, the stage, and the file in its output. Null when there is none.</summary>
    public (Sha256 Digest, string Stage, string File)? FetchedDisk =>
        Stages.OfType<BaseDiskStage>().FirstOrDefault()?.Fetched is { } digest ? (digest, BaseDiskStage.StageName, BaseDiskStage.DiskFile) : null;

    /// <summary>False for a disk that keeps its own boot loader.</summary>
    public bool HasUki => Stages.Any(s => s.Name == UkiGoal);

    /// <summary>Name of the image file in the output of <see cref="Goal"/>.</summary>
    public string ImageFile { get; }

    /// <summary>The stage that lists what is in the image; null for an image that is taken as it is, whose files are not looked at.</summary>
    /// <param name="toolVersion">Of the factory.</param>
    public IStage? Listing(Recipe recipe, string toolVersion) => root is null ? null
        : new SbomStage(root, recipe.Name, (Goal, ImageFile), recipe.SourceDateEpoch, toolVersion, recipe.RootProtection == RootProtection.Luks);

    public static DiskFacts ReadDiskFacts(DirectoryInfo output) => Read<DiskFacts>(output, DiskStage.FactsFile);

    public static UkiFacts ReadUkiFacts(DirectoryInfo output) => Read<UkiFacts>(output, UkiStage.FactsFile);

    /// <summary>From the output of <see cref="Goal"/>, for s390x.</summary>
    public static BootFacts ReadBootFacts(DirectoryInfo output) => Read<BootFacts>(output, S390xDiskStage.BootFactsFile);

    /// <summary>From the output of <see cref="SecureGoal"/>.</summary>
    public static SecureExecutionFacts ReadSecureExecutionFacts(DirectoryInfo output) => SecureStage.ReadFacts(output);

    /// <summary>The stage with what the recipe's Trustee takes of a Secure Execution image.</summary>
    public static string SecureReferencesGoal => SecureReferencesStage.StageName;

    /// <summary>Files that are delivered beside a Secure Execution image, with their stages and kinds: what a verifier needs of this very image.</summary>
    public static IReadOnlyList<(string Stage, string File, string Kind)> SecureArtifacts { get; } =
    [
        (SecureStage.StageName, SecureStage.HeaderFile, "se-header"),
        (SecureStage.StageName, SecureStage.ReferenceFile, "reference-values"),
        (SecureReferencesStage.StageName, SecureReferencesStage.PolicyFile, "attestation-policy"),
        (SecureReferencesStage.StageName, SecureReferencesStage.ConfigMapFile, "reference-values"),
        (SecureReferencesStage.StageName, SecureReferencesStage.MessageFile, "reference-values"),
    ];

    public static RootFacts ReadRootFacts(DirectoryInfo output) => Read<RootFacts>(output, AssembleRootStage.FactsFile);

    /// <summary>Every package that the list of packages stands for, tools and those that only make the initrd among them.</summary>
    /// <param name="output">Of the stage <see cref="LockGoal"/>.</param>
    public static IEnumerable<(string Name, string Url, Sha256 Digest)> ReadPackages(DirectoryInfo output)
    {
        PackageLock packages = ReadLock(output);
        return packages.Root.Concat(packages.Tools.OrderBy(t => t.Key, StringComparer.Ordinal).SelectMany(t => t.Value)).DistinctBy(p => p.Sha256)
            .Select(p => (p.Name, PackageUrl.Of("deb", "debian", p.Name, p.Version, ("arch", p.Architecture)), p.Sha256));
    }

    /// <param name="output">Of the stage <see cref="LockGoal"/>.</param>
    public static PackageLock ReadLock(DirectoryInfo output)
    {
        string file = Path.Combine(output.FullName, LockFile);
        return PackageLock.Parse(File.ReadAllText(file), file);
    }

    /// <summary>What the images of a build stand for: those whose stages left a note among the outputs.</summary>
    public static IEnumerable<PinnedImage> ReadImages(IEnumerable<DirectoryInfo> outputs) =>
        outputs.Where(o => File.Exists(Path.Combine(o.FullName, PinnedImage.FileName))).Select(PinnedImage.Read);

    /// <summary>Packages or programs of the tools that made the disk, with their versions.</summary>
    public static IReadOnlyDictionary<string, string> ReadToolVersions(DirectoryInfo output) => ToolsStage.ReadVersions(output);

    private static T Read<T>(DirectoryInfo output, string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(output.FullName, file)), CanonicalJson.Options)!;

    /// <param name="recipe">What to build.</param>
    /// <param name="policy">Its agent policy, checked; null for an image that is taken as it is.</param>
    /// <param name="secure">Its host keys, verified; null without Secure Execution.</param>
    /// <param name="surroundings">What the host found out.</param>
    /// <param name="overlays">Folder with the overlay trees (bootc/overlays).</param>
    /// <exception cref="FactoryException">The recipe asks for what no stage can do.</exception>
    public static async Task<ImageBuild> ComposeAsync(
        Recipe recipe, CheckedPolicy? policy, SecureExecutionInputs? secure, BaseSurroundings surroundings, string overlays, CancellationToken cancellation)
    {
        IReadOnlyList<SystemOption> options = SystemOption.Chosen(recipe.System, overlays);
        recipe = BaseKinds.Extend(recipe, options, surroundings.Origins);
        BaseContribution brought = await BaseKinds.ContributeAsync(recipe, surroundings, cancellation).ConfigureAwait(false);
        DiskContribution? ofDisk = brought as DiskContribution;
        if (recipe.IsTakenAsIs)
            return new ImageBuild(recipe, [.. brought.Stages, new AsIsDiskStage(ofDisk!.Disk, recipe.Disk)], [], root: null);
        SystemContribution contribution = ofDisk is null ? (SystemContribution)brought : DiskConversion.Convert(recipe, ofDisk, surroundings, options);
        // A pair that does not fit is told now, not after half a minute.
        if (recipe.SecureBoot is { } secureBoot)
            SigningKey.Load(secureBoot.Certificate.FullPath, secureBoot.Key.FullPath).Dispose();
        DiskSeed seed = new(recipe.Name, recipe.Architecture.ToString());
        long epoch = recipe.SourceDateEpoch;

        List<IStage> fetching = [];
        List<LockedInput> files = [];
        List<ITreeLayer> layers = await LayersAsync(recipe, options, surroundings, overlays, fetching, files, cancellation).ConfigureAwait(false);
        layers.Add(new AgentPolicyLayer(policy!));
        layers.Add(new SystemLayer(recipe.System, surroundings.Origins, contribution.OwnDisk is not null));
        layers.AddRange(contribution.LastLayers);

        AssembledRoot root = new(contribution.RootTar);
        List<IStage> stages =
        [
            .. contribution.Stages,
            .. fetching,
            new AssembleRootStage(contribution.RootTar, contribution.TreeRules, layers, epoch),
        ];
        if (contribution.OwnDisk is { } own)
        {
            stages.Add(own);
            return new ImageBuild(recipe, stages, files, root);
        }

        stages.Add(new RootImageStage(root, recipe.Disk, seed, epoch));
        if (recipe.RootProtection == RootProtection.Verity)
            stages.Add(new VerityStage(seed));
        if (secure is not null)
        {
            stages.Add(new SecureStage(recipe, secure, seed, contribution.Kernel, contribution.Initrd, contribution.KernelVersion));
            stages.Add(new SecureReferencesStage(recipe.Measurements));
        }

        if (recipe.Architecture == Architecture.S390x)
        {
            stages.Add(new S390xDiskStage(recipe, seed, contribution.Kernel, contribution.Initrd, contribution.KernelVersion));
        }
        else
        {
            stages.Add(ofDisk is { Guest.Boot: GuestBoot.VendorUki }
                ? new VendorUkiStage(recipe, seed, contribution.RootTar)
                : new UkiStage(recipe, seed, contribution.Kernel, contribution.Initrd, contribution.KernelVersion));
            stages.Add(new DiskStage(recipe.Disk, recipe.Architecture, seed, epoch, ByteCount.Parse(recipe.Disk.Size)));
        }

        return new ImageBuild(recipe, stages, files, root);
    }

    /// <summary>Our overlay trees, then the payloads in the recipe's order, then what options put on top. All that cannot be read is told at once.</summary>
    private static async Task<List<ITreeLayer>> LayersAsync(
        Recipe recipe, IReadOnlyList<SystemOption> options, BaseSurroundings surroundings, string overlays, List<IStage> fetching, List<LockedInput> files, CancellationToken cancellation)
    {
        List<(string Name, PayloadSource Source, string Place)> sources = [Overlay("podvm")];
        if (recipe.Disk.Scratch != Scratch.None)
            sources.Add(Overlay(recipe.Disk.Scratch == Scratch.Luks2 ? "scratch-luks2" : "scratch-plain"));
        sources.AddRange(recipe.Payload.Select((p, i) => ($"payload[{i}]", p, surroundings.Origins.Of($"payload[{i}]"))));
        sources.AddRange(options.Select(o => Overlay(o.Name)));

        List<ITreeLayer> layers = [];
        List<Fault> faults = [];
        foreach ((string name, PayloadSource source, string place) in sources)
        {
            try
            {
                PayloadStages stages = Payloads.StagesOf(source, name.Replace('[', '-').TrimEnd(']'), recipe, surroundings);
                fetching.AddRange(stages.Stages);
                Sha256 digest = await Payloads.DigestAsync(source, cancellation).ConfigureAwait(false);
                layers.Add(new PayloadLayer(name, source, digest, place, stages.Output));
                if (stages.Output is null)
                    files.Add(LockedInput.Of(name, digest));
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults.Select(f => f.Where is null ? f.At(place) : f));
            }
        }

        FactoryException.ThrowIfAny(faults);
        foreach (SystemOption option in options)
            layers.Insert(layers.FindIndex(l => l.Name == OverlayName(option.Name)), new OptionLayer(option, surroundings.Origins.Of(option.Key)));
        return layers;

        static string OverlayName(string name) => "overlay " + name;

        (string, PayloadSource, string) Overlay(string name)
        {
            string folder = Path.Combine(overlays, name);
            return (OverlayName(name), new DirectoryPayload { Path = new SourcePath($"bootc/overlays/{name}", folder) }, folder);
        }
    }
}
