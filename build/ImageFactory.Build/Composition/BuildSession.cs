using ImageFactory.Assembly;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Disk.S390x;
using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Locking;
using ImageFactory.Assembly.Packages;
using ImageFactory.Build.Hosting;
using ImageFactory.Measurement;
using ImageFactory.Measurement.BootCheck;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Firmware;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Recipes;
using ImageFactory.Registry;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Build.Composition;

/// <summary>One recipe, resolved: its policy checked, its stages put together, its store open. Nothing has run yet.</summary>
internal sealed class BuildSession
{
    /// <summary>Never asked: all packages are in the store.</summary>
    private const string NoMirror = "http://bundle.invalid";

    public required LoadedRecipe Loaded { get; init; }

    /// <summary>Null for an image that is taken as it is.</summary>
    public required CheckedPolicy? Policy { get; init; }

    /// <summary>Host keys, verified; null without Secure Execution.</summary>
    public required SecureExecutionInputs? SecureExecution { get; init; }

    public required ImageBuild Image { get; init; }

    public required StageGraph Graph { get; init; }

    public required Store Store { get; init; }

    /// <summary>The stages whose outputs a build leaves.</summary>
    public required IReadOnlyList<string> Goals { get; init; }

    /// <summary>Why there are no reference values; null when there are.</summary>
    public string? NotMeasured { get; init; }

    /// <summary>Versions of the host's programs that shape bytes.</summary>
    public required IReadOnlyDictionary<string, string> HostPrograms { get; init; }

    public Recipe Recipe => Loaded.Recipe;

    public bool IsDebug => Recipe.System.Ssh == SshAccess.Debug;

    /// <summary>Name of the folder with the artifacts; an image that lets somebody in says so in its name.</summary>
    public string FolderName => FolderNameOf(Recipe);

    /// <inheritdoc cref="FolderName"/>
    public static string FolderNameOf(Recipe recipe) => recipe.System.Ssh == SshAccess.Debug ? recipe.Name + "-debug" : recipe.Name;

    public IReadOnlyList<Fault> Warnings =>
    [
        .. Loaded.Warnings,
        .. Policy?.Warnings ?? [],
        .. SecureExecution?.Warnings ?? [],
        .. NotMeasured is null ? Array.Empty<Fault>() : [BuildFaults.NotMeasured(NotMeasured)],
    ];

    /// <param name="fresh">Ask the archives again and leave the lock file aside: for making a new one.</param>
    public static async Task<BuildSession> OpenAsync(FactoryOptions options, LoadedRecipe loaded, IProgramRunner programs, TimeProvider time, bool fresh, CancellationToken cancellation)
    {
        Recipe recipe = loaded.Recipe;
        CheckedPolicy? policy = recipe.IsTakenAsIs ? null : await LoadPolicyAsync(loaded, cancellation).ConfigureAwait(false);
        Store store = Store.Open(new DirectoryInfo(options.Store), time);
        string lockPath = LockPath(loaded);
        RecipeLock? locked = !fresh && File.Exists(lockPath) ? RecipeLock.Parse(await File.ReadAllTextAsync(lockPath, cancellation).ConfigureAwait(false), lockPath) : null;
        if (options.Locked && locked is null)
            throw new FactoryException(RecipeLock.Missing(lockPath));

        SecureExecutionInputs? secure = await CheckSecureExecutionAsync(loaded, time, cancellation).ConfigureAwait(false);
        // An ext4 root needs a mke2fs that reads archives, which no program says of itself: the tools tree has one.
        // A finished image needs no program at all.
        bool hostMayServe = !recipe.IsTakenAsIs && recipe.Disk.Root == RootFileSystem.Erofs && recipe.Architecture == Architecture.X64;
        IReadOnlyList<string> path = (options.Environment.GetValueOrDefault("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':');
        IReadOnlyDictionary<string, string> hostPrograms = await ProgramVersions.FindAsync(recipe.IsTakenAsIs ? [] : ["mmdebstrap", "dpkg-deb"], path, store.Cache, programs, cancellation).ConfigureAwait(false);
        BaseSurroundings surroundings = new()
        {
            Origins = loaded.Origins,
            AsRoot = options.IsRoot,
            HostMirror = options.Bundle is not null ? (NoMirror, NoMirror) : HostMirror.Find("/etc/apt"),
            HostPrograms = hostPrograms,
            Lock = locked?.Packages,
            LockedImages = locked?.Images ?? new Dictionary<string, string>(),
            LockPath = lockPath,
            Engine = EngineLocations.Find(options.Environment, options.IsRoot),
            Registry = new RegistryAccess(RegistriesOf(options), time),
            Bundle = options.Bundle,
            AskAgain = fresh || options.CheckUpstream,
            ImageTools = hostMayServe ? await HostTools.FindAsync(ToolSet.Image, path, programs, cancellation).ConfigureAwait(false) : null,
            BootTools = recipe.IsTakenAsIs ? null : await HostTools.FindAsync(ToolSet.BootOf(recipe.Architecture), path, programs, cancellation).ConfigureAwait(false),
        };

        ImageBuild image = await ImageBuild.ComposeAsync(recipe, policy, secure, surroundings, Path.Combine(options.Root, "bootc", "overlays"), cancellation)
            .ConfigureAwait(false);
        if (options.Locked)
            FactoryException.ThrowIfAny(locked!.Differences(await LockInputs.OfAsync(loaded, policy, image, cancellation).ConfigureAwait(false), [.. image.UnpinnedImages.Select(i => i.Reference)], lockPath));

        // A Secure Execution image has its own reference values, from its header.
        string? notMeasured = secure is not null ? null
            : recipe.Disk.Integrity != Integrity.Verity ? "disk.integrity is none"
            : recipe.Architecture != Architecture.X64 ? "this architecture boots without UEFI"
            : !image.HasUki && !recipe.IsTakenAsIs ? "the disk keeps its own boot loader, whose measurements are not predicted"
            : null;
        IReadOnlyList<IStage> measuring = secure is null && notMeasured is null ? [MeasureStageOf(recipe, policy, image)] : [];

        // The files of a finished image are not looked at: nothing is known of its packages, nor of what it reports when it boots.
        IReadOnlyList<IStage> listing = image.Listing(recipe, FactoryHost.Version) is { } list ? [list] : [];
        IReadOnlyList<IStage> checking = recipe.IsTakenAsIs ? [] : [BootCheckOf(recipe, policy!, image, secure is not null, time)];
        return new BuildSession
        {
            Goals = [ImageBuild.Goal, .. listing.Select(s => s.Name), .. secure is null ? measuring.Select(s => s.Name) : [ImageBuild.SecureReferencesGoal]],
            NotMeasured = notMeasured,
            Loaded = loaded,
            Policy = policy,
            SecureExecution = secure,
            Image = image,
            Graph = StageGraph.Create([.. image.Stages, .. listing, .. measuring, .. checking]),
            Store = store,
            HostPrograms = hostPrograms,
        };
    }

    /// <summary>What this machine knows of registries; with a bundle nothing but which signatures it demands.</summary>
    private static RegistrySettings RegistriesOf(FactoryOptions options)
    {
        RegistrySettings settings = RegistryLocations.Find(options);
        return options.Bundle is { } bundle ? new RegistrySettings { PolicyFile = settings.PolicyFile, Carried = bundle.Images } : settings;
    }

    private static BootCheckStage BootCheckOf(Recipe recipe, CheckedPolicy policy, ImageBuild image, bool encrypted, TimeProvider time) => recipe.Architecture == Architecture.S390x
        ? BootCheckStage.ForS390x((ImageBuild.Goal, image.ImageFile), scope => Expectations(recipe, policy, image, scope), recipe.BootCheck, encrypted, time)
        : new BootCheckStage(
            (ImageBuild.Goal, image.ImageFile), image.HasUki ? [ImageBuild.UkiGoal, ToolSet.Image.Name] : [], scope => Expectations(recipe, policy, image, scope), recipe.BootCheck, time)
        {
            // What grub measures is not predicted.
            Predict = image.HasUki ? PredictAsync : null,
            PolicyOnDisk = image.HasUki ? PolicyOnDiskAsync : null,
        };

    public static Task<CheckedPolicy> LoadPolicyAsync(LoadedRecipe loaded, CancellationToken cancellation) =>
        new AgentPolicyLoader(loaded.Recipe.AgentPolicy, loaded.Origins, loaded.Recipe.RootProtection != RootProtection.None).LoadAsync(cancellation);

    /// <summary>Host keys are verified before gigabytes move, and again in each build: certificates expire and are revoked.</summary>
    private static async Task<SecureExecutionInputs?> CheckSecureExecutionAsync(LoadedRecipe loaded, TimeProvider time, CancellationToken cancellation)
    {
        if (loaded.Recipe.SecureExecution is not { } settings)
            return null;
        using HttpClient client = new();
        return await SecureExecutionInputs.CheckAsync(settings, loaded.Origins, time, new HttpCrlSource(client, time), cancellation).ConfigureAwait(false);
    }

    /// <summary>The lock file of a recipe lies beside it.</summary>
    public static string LockPath(LoadedRecipe loaded) => Path.ChangeExtension(loaded.Files[0], ".lock.json");

    /// <summary>The check boots without Secure Boot; whether systemd extends its phases is the recipe's choice, so that any of their values may come true.</summary>
    private static async Task<IReadOnlyList<BootPrediction>> PredictAsync(string disk, CancellationToken cancellation)
    {
        MeasureSettings settings = new()
        {
            SecureBoot = false,
            PhasePaths = [.. Enumerable.Range(0, BootPhases.All.Count + 1).Select(count => (IReadOnlyList<string>)[.. BootPhases.All.Take(count)])],
            Banks = [Bank.Sha256],
            RecomputeRootHash = false,
        };
        return (await ImageMeasurer.MeasureAsync(disk, disk, null, settings, cancellation).ConfigureAwait(false)).Boots;
    }

    private static MeasureStage MeasureStageOf(Recipe recipe, CheckedPolicy? policy, ImageBuild image) => new(
        (ImageBuild.Goal, image.ImageFile),
        recipe.Measurements,
        policy is null ? null : (policy.Files[0].Path, policy.Digest, policy.Rows.Any(r => r.Call == "SetPolicyRequest" && r.Verdict != PolicyVerdict.Denied)))
    {
        MadeElsewhere = recipe.IsTakenAsIs,
        Initdata = InitdataOf(recipe.Measurements),
        Launch = LaunchValues.Of(recipe.Measurements),
    };

    /// <summary>All that is wrong with any document is told at once.</summary>
    private static List<InitdataDigests> InitdataOf(MeasurementSettings settings)
    {
        bool azure = settings.Targets.Any(t => t is MeasurementTarget.AzSnpVtpm or MeasurementTarget.AzTdxVtpm);
        List<InitdataDigests> digests = settings.WithoutInitdata ? [InitdataDocument.Absent.Digests] : [];
        List<Fault> faults = [];
        foreach (SourcePath file in settings.Initdata)
        {
            InitdataDocument? document = InitdataDocument.Read(File.ReadAllBytes(file.FullPath), file.Text, out IReadOnlyList<Fault> found);
            faults.AddRange(found);
            if (azure && document?.FaultOnAzure() is { } fault)
                faults.Add(fault);
            if (document is not null)
                digests.Add(document.Digests);
        }

        FactoryException.ThrowIfAny(faults);
        return digests;
    }

    private static async Task<Sha256?> PolicyOnDiskAsync(StageScope scope, string disk, CancellationToken cancellation)
    {
        ImageInspector inspector = new(scope.Programs, new Toolbox(scope.Inputs[ToolSet.Image.Name]).Call);
        return (await inspector.InspectAsync(disk, disk, scope.Work.CreateSubdirectory("root"), cancellation).ConfigureAwait(false)).Root?.Policy?.Digest;
    }

    private static BootExpectations Expectations(Recipe recipe, CheckedPolicy policy, ImageBuild image, StageScope scope) => new(
        recipe.Architecture == Architecture.S390x ? ImageBuild.ReadBootFacts(scope.Inputs[ImageBuild.Goal]).RootHash
            : image.HasUki ? ImageBuild.ReadUkiFacts(scope.Inputs[ImageBuild.UkiGoal]).RootHash
            : null,
        policy.Digest,
        image.HasUki || recipe.Architecture == Architecture.S390x ? recipe.Disk.Volatile == Volatility.Overlay : null,
        recipe.Disk.Scratch != Scratch.None);
}
