using ImageFactory.Assembly.Packages;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>From a suite and a list of packages to a root file system, a kernel and an initrd.</summary>
internal sealed class DebianBaseKind : IBaseKind
{
    private const string RootPackages = "select-root-packages";

    /// <summary>Packages that make the initrd; they are installed with the rest and taken out of the image again.</summary>
    private static readonly string[] InitrdPackages = ["dracut", "dracut-core", "zstd"];

    private static PackageRequest RequestOf(DebianBase settings) => new()
    {
        Suite = settings.Suite,
        Architecture = "amd64",
        Components = settings.Components,
        Security = settings.Security,
        Kernel = settings.Kernel,
        Packages = [.. settings.Packages.Order(StringComparer.Ordinal)],
    };

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

    /// <summary>The tools of a build whose base is not made from packages: the host's own, else from the packages that the default recipe takes.</summary>
    public static IReadOnlyList<IStage> ToolStages(BaseSurroundings surroundings)
    {
        if (surroundings.ImageTools is not null && surroundings.BootTools is not null)
            return [.. ToolStages(surroundings, new PackageArchives("", null, ""))];
        DebianBase settings = new();
        PackageArchives archives = ArchivesOf(settings, surroundings);
        return [new ResolvePackagesStage(RequestOf(settings), archives, InitrdPackages, surroundings.Lock, surroundings.AskAgain), .. ToolStages(surroundings, archives)];
    }

    private static IEnumerable<IStage> ToolStages(BaseSurroundings surroundings, PackageArchives archives)
    {
        foreach ((ToolSet set, HostTools? host) in ((ToolSet, HostTools?)[])[(ToolSet.Image, surroundings.ImageTools), (ToolSet.Boot, surroundings.BootTools)])
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
        if (recipe.Architecture != Architecture.X64)
            throw new FactoryException(PackageFaults.ForeignArchitecture(recipe.Architecture).At(surroundings.Origins.Of("architecture")));

        PackageRequest request = RequestOf(settings);
        PackageLock? locked = surroundings.Lock;
        if (locked is not null && locked.Request.Line != request.Line)
            throw new FactoryException(PackageFaults.StaleLock(surroundings.LockPath, locked.Request, request));

        PackageArchives archives = ArchivesOf(settings, surroundings);

        List<IStage> stages =
        [
            new ResolvePackagesStage(request, archives, InitrdPackages, locked, surroundings.AskAgain),
            new SelectPackagesStage(RootPackages, l => l.Root, l => l.BuildOnly),
            new RootFileSystemStage(RootPackages, archives, request.Architecture, recipe.SourceDateEpoch, surroundings.AsRoot, surroundings.HostPrograms),
            new InitrdStage(settings.Initrd, recipe.SourceDateEpoch, surroundings.AsRoot, new StageFile(RootFileSystemStage.StageName, RootFileSystemStage.TarFile)),
        ];
        stages.AddRange(ToolStages(surroundings, archives));
        return new SystemContribution(
            stages,
            new StageFile(RootFileSystemStage.StageName, RootFileSystemStage.TarFile),
            new StageFile(InitrdStage.StageName, InitrdStage.KernelFile),
            new StageFile(InitrdStage.StageName, InitrdStage.InitrdFile),
            new StageFile(InitrdStage.StageName, InitrdStage.KernelVersionFile),
            new DebianTreeRules(settings, RootPackages));
    }
}
