using System.Text.Json;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Packages;

/// <summary>Brings every pinned package into the cache, also those that other stages would fetch only when they run.</summary>
internal sealed class FetchPackagesStage(PackageArchives archives) : IStage
{
    public const string StageName = "fetch-packages";
    private const string ListFile = "packages.json";

    public string Name => StageName;

    public IReadOnlyList<string> After => [ResolvePackagesStage.StageName];

    /// <summary>The cache is not the stage's own: what was there before need not be there now.</summary>
    public TimeSpan? MaxAge => TimeSpan.Zero;

    public void Describe(StageKey key) => key.Add("revision", "1");

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        PackageLock pinned = PackageLock.Parse(
            await File.ReadAllTextAsync(scope.Input(ResolvePackagesStage.StageName, ResolvePackagesStage.LockFile), cancellation).ConfigureAwait(false), "resolved packages");
        await new PackageCache(scope, archives).EnsureAsync(pinned.All, cancellation).ConfigureAwait(false);
        await File.WriteAllBytesAsync(scope.OutputFile(ListFile), JsonSerializer.SerializeToUtf8Bytes(pinned.All), cancellation).ConfigureAwait(false);
    }

    public static IReadOnlyList<LockedPackage> Read(DirectoryInfo output) =>
        JsonSerializer.Deserialize<List<LockedPackage>>(File.ReadAllBytes(Path.Combine(output.FullName, ListFile)))!;
}
