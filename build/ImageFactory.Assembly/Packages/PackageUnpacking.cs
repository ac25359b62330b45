using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Packages;

/// <summary>Unpacks packages side by side into one folder, without what nobody reads of a tree of tools.</summary>
internal static class PackageUnpacking
{
    private static readonly string[] Unneeded =
        ["etc", "var", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bash-completion", "usr/share/bug", "usr/include"];

    public static async Task UnpackAsync(StageScope scope, IReadOnlyList<LockedPackage> packages, PackageArchives archives, string tree, CancellationToken cancellation)
    {
        PackageCache cache = new(scope, archives);
        await cache.EnsureAsync(packages, cancellation).ConfigureAwait(false);
        int done = 0;
        await Parallel.ForEachAsync(packages, cancellation, async (package, token) =>
        {
            await scope.Programs.RunAsync(new ProgramCall("dpkg-deb", ["--extract", cache.PathOf(package), tree]), token).ConfigureAwait(false);
            scope.Log.Progress(Interlocked.Increment(ref done), packages.Count, "packages");
        }).ConfigureAwait(false);
        foreach (string folder in Unneeded.Select(u => Path.Combine(tree, u)).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }
}
