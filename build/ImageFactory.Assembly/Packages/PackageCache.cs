using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Package files by digest, shared by all builds of a store: <c>packages/SHA256.deb</c>.
/// A file gets its name only when its content was found to have that digest.
/// </summary>
internal sealed class PackageCache(StageScope scope, PackageArchives archives)
{
    /// <summary>Below the store's cache.</summary>
    public const string FolderName = "packages";

    private readonly string folder = Directory.CreateDirectory(Path.Combine(scope.Cache.FullName, FolderName)).FullName;

    public string PathOf(LockedPackage package) => Path.Combine(folder, package.Sha256.Hex + ".deb");

    /// <summary>Fetches what is missing, many at once, by apt's own downloader (which knows proxies, retries and digests).</summary>
    public async Task EnsureAsync(IReadOnlyList<LockedPackage> packages, CancellationToken cancellation)
    {
        ConcurrentBag<LockedPackage> absent = [];
        await Parallel.ForEachAsync(packages, cancellation, async (package, token) =>
        {
            if (!await PresentAsync(package, token).ConfigureAwait(false))
                absent.Add(package);
        }).ConfigureAwait(false);
        List<LockedPackage> missing = [.. absent.OrderBy(p => p.Name, StringComparer.Ordinal)];
        if (missing.Count == 0)
            return;
        if (scope.Offline)
            throw new FactoryException(PackageFaults.Offline($"{missing[0].Name} {missing[0].Version} ({missing.Count} packages in all)"));

        scope.Log.Info($"fetching {missing.Count} packages, {missing.Sum(p => p.Size) / 1_000_000.0:0.0} MB");
        string incoming = Directory.CreateDirectory(Path.Combine(scope.Work.FullName, "incoming")).FullName;
        long done = 0;
        long total = missing.Sum(p => p.Size);
        foreach (LockedPackage[] some in missing.Chunk(40))
        {
            List<string> arguments = ["download-file"];
            foreach (LockedPackage package in some)
                arguments.AddRange([archives.AddressOf(package), Path.Combine(incoming, package.Sha256.Hex), "SHA256:" + package.Sha256.Hex]);
            List<string> said = [];
            ProgramResult result = await scope.Programs.RunAsync(
                new ProgramCall(AptHelper, arguments) { Accept = [0, 1, 100], OnLine = said.Add, Environment = new Dictionary<string, string> { ["APT_CONFIG"] = QuietConfiguration() } },
                cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0)
                throw new FactoryException(PackageFaults.NotFetched(string.Join('\n', said.Where(l => l.StartsWith("E:", StringComparison.Ordinal) || l.StartsWith("Err", StringComparison.Ordinal)).Take(10)), some.Length));

            foreach (LockedPackage package in some)
                await AdmitAsync(package, Path.Combine(incoming, package.Sha256.Hex), cancellation).ConfigureAwait(false);
            done += some.Sum(p => p.Size);
            scope.Log.Progress(done, total, "bytes");
        }
    }

    private const string AptHelper = "/usr/lib/apt/apt-helper";

    /// <summary>Downloads run as whoever builds, not as apt's own user, who could not write into our folder.</summary>
    private string QuietConfiguration()
    {
        string path = Path.Combine(scope.Work.FullName, "download.conf");
        File.WriteAllText(path, "APT::Sandbox::User \"\";\nAcquire::Retries \"3\";\n");
        return path;
    }

    /// <summary>Digests are computed each time: what is installed from here is not checked by anyone else.</summary>
    private async Task<bool> PresentAsync(LockedPackage package, CancellationToken cancellation)
    {
        FileInfo file = new(PathOf(package));
        return file.Exists && file.Length == package.Size && await Sha256.OfFileAsync(file.FullName, cancellation).ConfigureAwait(false) == package.Sha256;
    }

    private async Task AdmitAsync(LockedPackage package, string fetched, CancellationToken cancellation)
    {
        Sha256 found = await Sha256.OfFileAsync(fetched, cancellation).ConfigureAwait(false);
        if (found != package.Sha256)
            throw new FactoryException(PackageFaults.WrongDigest(package, found));
        string aside = PathOf(package) + "." + Path.GetRandomFileName();
        File.Copy(fetched, aside);
        File.Move(aside, PathOf(package), overwrite: true);
        File.Delete(fetched);
    }
}
