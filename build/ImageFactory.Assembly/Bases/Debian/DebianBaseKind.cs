using ImageFactory.Assembly.Bases.Debian.Unpacked;
using ImageFactory.Assembly.Disk.S390x;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>From a suite and a list of packages to a root file system, a kernel and an initrd.</summary>
internal sealed class DebianBaseKind : IBaseKind
{
    private const string RootPackages = "select-root-packages";
    private const string LoaderPackages = "select-s390-loader-packages";

    /// <summary>The machine that builds, and the one that most images are for.</summary>
    private const string BuildMachine = "amd64";

    /// <summary>Packages that make the initrd; they are installed with the rest and taken out of the image again.</summary>
    private static readonly string[] InitrdPackages = ["dracut", "dracut-core", "zstd"];

    private static PackageRequest RequestOf(DebianBase settings, Architecture architecture) => new()
    {
        Suite = settings.Suite,
        Architecture = NameOf(architecture),
        Components = settings.Components,
        Security = settings.Security,
        Kernel = settings.Kernel,
        Packages = [.. settings.Packages.Order(StringComparer.Ordinal)],
    };

    /// <summary>Debian's name of a machine.</summary>
    private static string NameOf(Architecture architecture) => architecture == Architecture.S390x ? "s390x" : BuildMachine;

    /// <summary>Tools run here, whatever the image is for. The boot loaders of Secure Execution are in no release of Debian yet.</summary>
    private static List<PackageSet> SetsOf(Recipe recipe, DebianBase settings)
    {
        List<PackageSet> sets = ToolSetsOf(recipe.Architecture, settings.Suite);
        if (recipe.Architecture == Architecture.S390x && recipe.SecureExecution?.Loaders is null)
            sets.Add(new PackageSet(LoadersStage.StageName, "sid", "s390x", [LoadersStage.Package], WithDependencies: false));
        return sets;
    }

    private static List<PackageSet> ToolSetsOf(Architecture architecture, string suite) =>
        [.. new[] { ToolSet.ImageOf(architecture), ToolSet.BootOf(architecture) }.Select(t => new PackageSet(t.Name, suite, BuildMachine, t.Packages))];

    private static PackageArchives ArchivesOf(DebianBase settings, BaseSurroundings surroundings)
    {
        string? main = settings.Mirror ?? surroundings.HostMirror.Main;
        string? security = settings.SecurityMirror ?? surroundings.HostMirror.Security;
        List<Fault> faults = [];
        if (main is null)
            faults.Add(PackageFaults.NoMirror("base.mirror", surroundings.Origins.Of("base")));
        if (settings.Security && security is null)
            faults.Add(PackageFaults.NoMirror("base.securityMirror", surroundings.Origins.Of("base")));
        FactoryException.ThrowIfAny(faults);
        return new PackageArchives(main!.TrimEnd('/'), settings.Security ? security!.TrimEnd('/') : null, settings.Keyring?.FullPath ?? HostMirror.PublicKeyring);
    }

    public bool Handles(BaseSource source) => source is DebianBase;

    public BaseSource Extend(Recipe recipe, SystemOption option)
    {
        DebianBase settings = (DebianBase)recipe.Base;
        if (recipe.Architecture == Architecture.S390x && option.Facts.DracutModules.Count > 0)
            throw new FactoryException(OptionFaults.OwnInitrd(option.Key, option.Facts.DracutModules, "an initrd for s390x is packed without dracut"));
        return settings with
        {
            Packages = [.. settings.Packages.Union(option.Facts.Packages.GetValueOrDefault("apt", []))],
            Initrd = settings.Initrd.With(option),
        };
    }

    /// <summary>The tools of a build whose base is not made from packages: the host's own, else from the packages that the default recipe takes.</summary>
    public static IReadOnlyList<IStage> ToolStages(BaseSurroundings surroundings)
    {
        if (surroundings.ImageTools is not null && surroundings.BootTools is not null)
            return [.. ToolStages(Architecture.X64, surroundings, new PackageArchives("", null, ""))];
        DebianBase settings = new();
        PackageArchives archives = ArchivesOf(settings, surroundings);
        IStage resolve = new ResolvePackagesStage(
            RequestOf(settings, Architecture.X64), archives, InitrdPackages, ToolSetsOf(Architecture.X64, settings.Suite), surroundings.Lock, surroundings.AskAgain);
        return [resolve, new FetchPackagesStage(archives), .. ToolStages(Architecture.X64, surroundings, archives)];
    }

    /// <summary>A root file system from packages, dracut among them, and the tools of a build; without an initrd.</summary>
    /// <param name="root">The root file system as a tar.</param>
    public static IReadOnlyList<IStage> RootStages(Recipe recipe, DebianBase settings, BaseSurroundings surroundings, out StageFile root)
    {
        SystemContribution whole = Contribute(recipe, settings, surroundings);
        root = whole.RootTar;
        return [.. whole.Stages.Where(s => s is not InitrdStage)];
    }

    private static IEnumerable<IStage> ToolStages(Architecture architecture, BaseSurroundings surroundings, PackageArchives archives)
    {
        foreach ((ToolSet set, HostTools? host) in ((ToolSet, HostTools?)[])[(ToolSet.ImageOf(architecture), surroundings.ImageTools), (ToolSet.BootOf(architecture), surroundings.BootTools)])
        {
            string select = $"select-{set.Name}-packages";
            if (host is null)
                yield return new SelectPackagesStage(select, l => l.Tools[set.Name]);
            yield return new ToolsStage(set, select, host, archives);
        }
    }

    public Task<BaseContribution> ContributeAsync(Recipe recipe, BaseSurroundings surroundings, CancellationToken cancellation) =>
        Task.FromResult<BaseContribution>(Contribute(recipe, (DebianBase)recipe.Base, surroundings));

    private static SystemContribution Contribute(Recipe recipe, DebianBase settings, BaseSurroundings surroundings)
    {
        bool foreign = recipe.Architecture == Architecture.S390x;
        if (foreign && settings.Initrd.Modules.Count > 0)
            throw new FactoryException(UnpackingFaults.DracutModules().At(surroundings.Origins.Of("base.initrd.modules")));

        PackageRequest request = RequestOf(settings, recipe.Architecture);
        PackageLock? locked = surroundings.Lock;
        if (locked is not null && locked.Request.Line != request.Line)
            throw new FactoryException(PackageFaults.StaleLock(surroundings.LockPath, locked.Request, request));

        PackageArchives archives = ArchivesOf(settings, surroundings);

        List<IStage> stages =
        [
            new ResolvePackagesStage(request, archives, foreign ? PackedInitrdStage.Packages : InitrdPackages, SetsOf(recipe, settings), locked, surroundings.AskAgain),
            new FetchPackagesStage(archives),
            new SelectPackagesStage(RootPackages, l => l.Root, l => l.BuildOnly),
            foreign
                ? new UnpackedRootStage(RootPackages, archives, settings.Kernel, recipe.SourceDateEpoch)
                : new RootFileSystemStage(RootPackages, archives, request.Architecture, recipe.SourceDateEpoch, surroundings.AsRoot, surroundings.HostPrograms),
            foreign
                ? new PackedInitrdStage(settings.Initrd, settings.Kernel, recipe.SourceDateEpoch)
                : new InitrdStage(settings.Initrd, recipe.SourceDateEpoch, surroundings.AsRoot, new StageFile(RootFileSystemStage.StageName, RootFileSystemStage.TarFile)),
        ];
        stages.AddRange(ToolStages(recipe.Architecture, surroundings, archives));
        if (foreign)
        {
            if (recipe.SecureExecution?.Loaders is null)
                stages.Add(new SelectPackagesStage(LoaderPackages, l => l.Tools[LoadersStage.StageName]));
            stages.Add(new LoadersStage(recipe.SecureExecution?.Loaders, LoaderPackages, archives));
        }

        return new SystemContribution(
            stages,
            new StageFile(RootFileSystemStage.StageName, RootFileSystemStage.TarFile),
            new StageFile(InitrdStage.StageName, InitrdStage.KernelFile),
            new StageFile(InitrdStage.StageName, InitrdStage.InitrdFile),
            new StageFile(InitrdStage.StageName, InitrdStage.KernelVersionFile),
            new DebianTreeRules(settings, RootPackages));
    }
}
