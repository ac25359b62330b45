using System.Text.Json;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Takes one list out of the lock. A stage of its own, so that a new version of a package that only the boot check uses
/// does not make anything else run again.
/// </summary>
internal sealed class SelectPackagesStage(string name, Func<PackageLock, IReadOnlyList<LockedPackage>> select, Func<PackageLock, IReadOnlyList<string>>? buildOnly = null) : IStage
{
    private const string PackagesFile = "packages.json";
    private const string BuildOnlyFile = "build-only.json";

    public string Name => name;

    public IReadOnlyList<string> After => [ResolvePackagesStage.StageName];

    public void Describe(StageKey key) => key.Add("revision", "1").Add("list", name);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        PackageLock found = PackageLock.Parse(
            await File.ReadAllTextAsync(scope.Input(ResolvePackagesStage.StageName, ResolvePackagesStage.LockFile), cancellation).ConfigureAwait(false), "resolved packages");
        await WriteListAsync(scope, select(found), cancellation).ConfigureAwait(false);
        if (buildOnly is not null)
            await WriteAsync(scope.OutputFile(BuildOnlyFile), buildOnly(found), cancellation).ConfigureAwait(false);
    }

    public static Task<IReadOnlyList<LockedPackage>> ReadAsync(StageScope scope, string stage, CancellationToken cancellation) =>
        ReadAsync<LockedPackage>(scope.Input(stage, PackagesFile), cancellation);

    public static Task<IReadOnlyList<string>> ReadBuildOnlyAsync(StageScope scope, string stage, CancellationToken cancellation) =>
        ReadAsync<string>(scope.Input(stage, BuildOnlyFile), cancellation);

    /// <summary>Writes the list that <see cref="ReadAsync(StageScope, string, CancellationToken)"/> reads.</summary>
    public static Task WriteListAsync(StageScope scope, IReadOnlyList<LockedPackage> packages, CancellationToken cancellation) =>
        WriteAsync(scope.OutputFile(PackagesFile), packages, cancellation);

    private static Task WriteAsync<T>(string path, T value, CancellationToken cancellation) =>
        File.WriteAllBytesAsync(path, JsonSerializer.SerializeToUtf8Bytes(value), cancellation);

    private static async Task<IReadOnlyList<T>> ReadAsync<T>(string path, CancellationToken cancellation) =>
        JsonSerializer.Deserialize<List<T>>(await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false))!;
}
