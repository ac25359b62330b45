using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Pins the packages: from the lock file when there is one, else from what the archives offer today.
/// Everything after it depends on digests only.
/// </summary>
internal sealed class ResolvePackagesStage(PackageRequest request, PackageArchives archives, IReadOnlyList<string> initrdPackages, PackageLock? locked, bool askAgain) : IStage
{
    private const string Revision = "1";

    public const string StageName = "resolve-packages";
    public const string LockFile = "lock.json";

    public string Name => StageName;

    public IReadOnlyList<string> After => [];

    /// <summary>Without a lock file the archives are asked again after a day; offline the last answer holds.</summary>
    public TimeSpan? MaxAge => askAgain ? TimeSpan.Zero : locked is null ? TimeSpan.FromDays(1) : null;

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("request", request.Line);
        if (locked is not null)
        {
            key.Add("lock", Sha256.Of(locked.ToJson()));
            return;
        }

        key.Add("main", archives.Main).Add("security", archives.Security ?? "none").Add("keyring", archives.Keyring).Add("initrd", initrdPackages);
        foreach (ToolSet set in ToolSets)
            key.Add(set.Name, set.Packages);
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        PackageLock result = locked ?? await ResolveAsync(scope, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(LockFile), result.ToJson(), cancellation).ConfigureAwait(false);
    }

    private static readonly ToolSet[] ToolSets = [ToolSet.Image, ToolSet.Boot];

    private async Task<PackageLock> ResolveAsync(StageScope scope, CancellationToken cancellation)
    {
        if (scope.Offline)
            throw new FactoryException(PackageFaults.Offline("the list of packages"));

        AptResolver apt = await AptResolver.StartAsync(scope, archives, request, cancellation).ConfigureAwait(false);
        Task<IReadOnlyList<LockedPackage>> image = apt.ResolveAsync(["?essential", .. request.Packages], cancellation);
        Task<IReadOnlyList<LockedPackage>> everything = apt.ResolveAsync(["?essential", .. request.Packages, request.Kernel, .. initrdPackages], cancellation);
        Task<IReadOnlyList<LockedPackage>>[] sets = [.. ToolSets.Select(set => apt.ResolveAsync(set.Packages, cancellation))];
        await Task.WhenAll([image, everything, .. sets]).ConfigureAwait(false);

        HashSet<string> kept = [.. (await image.ConfigureAwait(false)).Select(p => p.Name)];
        IReadOnlyList<LockedPackage> all = await everything.ConfigureAwait(false);
        Dictionary<string, IReadOnlyList<LockedPackage>> tools = [];
        foreach ((ToolSet set, Task<IReadOnlyList<LockedPackage>> resolved) in ToolSets.Zip(sets))
            tools.Add(set.Name, await resolved.ConfigureAwait(false));

        scope.Log.Info($"{all.Count} packages for the root file system, {all.Sum(p => p.Size) / 1_000_000.0:0} MB");
        return new PackageLock
        {
            Request = request,
            Root = all,
            BuildOnly = [.. all.Select(p => p.Name).Where(n => !kept.Contains(n) && !IsKernel(n))],
            Tools = tools,
        };
    }

    /// <summary>The kernel and its helper stay in the image's package list: its modules are in the image.</summary>
    private static bool IsKernel(string name) => name.StartsWith("linux-image-", StringComparison.Ordinal) || name == "linux-base";
}
