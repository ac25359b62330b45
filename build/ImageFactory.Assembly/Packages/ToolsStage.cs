using System.Text.Json;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Provides a <see cref="ToolSet"/>: the host's programs where they serve, else packages unpacked side by side.
/// Nothing of the packages is run here, and nothing of the host is changed.
/// </summary>
internal sealed class ToolsStage(ToolSet set, string packagesStage, HostTools? host, PackageArchives archives) : IStage
{
    private const string Revision = "1";

    public string Name => set.Name;

    public IReadOnlyList<string> After => host is null ? [packagesStage] : [];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision);
        foreach ((string program, HostTool tool) in host?.Programs.OrderBy(p => p.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, HostTool>>())
            key.Add(program, $"{tool.Path} {tool.Version}");
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        if (host is not null)
        {
            await File.WriteAllTextAsync(scope.OutputFile(Toolbox.HostNote), JsonSerializer.Serialize(host), cancellation).ConfigureAwait(false);
            await WriteVersionsAsync(host.Programs.ToDictionary(p => p.Key, p => p.Value.Version, StringComparer.Ordinal)).ConfigureAwait(false);
            return;
        }

        IReadOnlyList<LockedPackage> packages = await SelectPackagesStage.ReadAsync(scope, packagesStage, cancellation).ConfigureAwait(false);
        PackageCache cache = new(scope, archives);
        await cache.EnsureAsync(packages, cancellation).ConfigureAwait(false);
        string tree = scope.OutputFile(Toolbox.TreeFolder);
        int done = 0;
        await Parallel.ForEachAsync(packages, cancellation, async (package, token) =>
        {
            await scope.Programs.RunAsync(new ProgramCall("dpkg-deb", ["--extract", cache.PathOf(package), tree]), token).ConfigureAwait(false);
            scope.Log.Progress(Interlocked.Increment(ref done), packages.Count, "packages");
        }).ConfigureAwait(false);

        await WriteVersionsAsync(packages.Where(p => set.Packages.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal)).ConfigureAwait(false);
        foreach (string folder in Unneeded.Select(u => Path.Combine(tree, u)).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);

        Task WriteVersionsAsync(Dictionary<string, string> versions) =>
            File.WriteAllTextAsync(scope.OutputFile(VersionsFile), CanonicalJson.Write(versions), cancellation);
    }

    /// <summary>What the manifest says of the tools.</summary>
    public static IReadOnlyDictionary<string, string> ReadVersions(DirectoryInfo output) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(output.FullName, VersionsFile)))!;

    private const string VersionsFile = "versions.json";

    private static readonly string[] Unneeded =
        ["etc", "var", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bash-completion", "usr/share/bug", "usr/include"];
}
