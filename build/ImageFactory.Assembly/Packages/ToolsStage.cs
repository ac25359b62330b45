using System.Text.Json;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;
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

    /// <summary>A tree of thousands of files is made anew faster than it is sent, so nobody waits for another machine's.</summary>
    public bool MayBeShared => false;

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
        await PackageUnpacking.UnpackAsync(scope, packages, archives, scope.OutputFile(Toolbox.TreeFolder), cancellation).ConfigureAwait(false);
        await WriteVersionsAsync(packages.Where(p => set.Packages.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal)).ConfigureAwait(false);

        Task WriteVersionsAsync(Dictionary<string, string> versions) =>
            File.WriteAllTextAsync(scope.OutputFile(VersionsFile), CanonicalJson.Write(versions), cancellation);
    }

    /// <summary>What the manifest says of the tools.</summary>
    public static IReadOnlyDictionary<string, string> ReadVersions(DirectoryInfo output) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(output.FullName, VersionsFile)))!;

    internal const string VersionsFile = "versions.json";
}
