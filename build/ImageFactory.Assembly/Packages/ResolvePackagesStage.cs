using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Pins the packages: from the lock file when there is one, else from what the archives offer today.
/// Everything after it depends on digests only.
/// </summary>
/// <param name="initrdPackages">Installed with the rest to make the initrd.</param>
/// <param name="sets">What else is pinned: tools of the build machine, boot loaders.</param>
internal sealed class ResolvePackagesStage(
    PackageRequest request, PackageArchives archives, IReadOnlyList<string> initrdPackages, IReadOnlyList<PackageSet> sets, PackageLock? locked, bool askAgain) : IStage
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
        foreach (PackageSet set in sets)
            key.Add(set.Name, set.Packages).Add(set.Name + " from", $"{set.Suite} {set.Architecture}");
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        PackageLock result = locked ?? await ResolveAsync(scope, cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(LockFile), result.ToJson(), cancellation).ConfigureAwait(false);
    }

    private async Task<PackageLock> ResolveAsync(StageScope scope, CancellationToken cancellation)
    {
        if (scope.Offline)
            throw new FactoryException(PackageFaults.Offline("the list of packages"));

        AptResolver apt = await AptResolver.StartAsync(scope, archives, request, cancellation).ConfigureAwait(false);
        Task<IReadOnlyList<LockedPackage>> image = apt.ResolveAsync(["?essential", .. request.Packages], cancellation);
        Task<IReadOnlyList<LockedPackage>> everything = apt.ResolveAsync(["?essential", .. request.Packages, request.Kernel, .. initrdPackages], cancellation);
        Task<Dictionary<string, IReadOnlyList<LockedPackage>>> others = ResolveSetsAsync(scope, apt, cancellation);
        await Task.WhenAll(image, everything, others).ConfigureAwait(false);

        HashSet<string> kept = [.. (await image.ConfigureAwait(false)).Select(p => p.Name)];
        IReadOnlyList<LockedPackage> all = await everything.ConfigureAwait(false);
        scope.Log.Info($"{all.Count} packages for the root file system, {all.Sum(p => p.Size) / 1_000_000.0:0} MB");
        return new PackageLock
        {
            Request = request,
            Root = all,
            BuildOnly = [.. all.Select(p => p.Name).Where(n => !kept.Contains(n) && !IsKernel(n))],
            Tools = await others.ConfigureAwait(false),
        };
    }

    private async Task<Dictionary<string, IReadOnlyList<LockedPackage>>> ResolveSetsAsync(StageScope scope, AptResolver own, CancellationToken cancellation)
    {
        Dictionary<string, IReadOnlyList<LockedPackage>> resolved = new(StringComparer.Ordinal);
        foreach (IGrouping<(string Suite, string Architecture), PackageSet> group in sets.GroupBy(s => (s.Suite, s.Architecture)))
        {
            // Updates of a release have an archive of their own; a development suite has not.
            bool released = group.Key.Suite == request.Suite;
            AptResolver apt = released && group.Key.Architecture == request.Architecture
                ? own
                : await AptResolver.StartAsync(
                    scope, released ? archives : archives with { Security = null }, request with { Suite = group.Key.Suite, Architecture = group.Key.Architecture }, cancellation)
                    .ConfigureAwait(false);
            foreach (PackageSet set in group)
                resolved[set.Name] = await (set.WithDependencies ? apt.ResolveAsync(set.Packages, cancellation) : apt.FindAsync(set.Packages, cancellation)).ConfigureAwait(false);
        }

        return resolved;
    }

    /// <summary>The kernel and its helper stay in the image's package list: its modules are in the image.</summary>
    private static bool IsKernel(string name) => name.StartsWith("linux-image-", StringComparison.Ordinal) || name == "linux-base";
}
