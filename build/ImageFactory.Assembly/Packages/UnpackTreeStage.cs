using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Packages;

/// <summary>Unpacks the packages of a <see cref="PackageTree"/>.</summary>
internal sealed class UnpackTreeStage(PackageTree tree, string resolveStage, PackageArchives archives) : IStage
{
    private const string Revision = "1";

    /// <summary>Links that Debian's base-files brings: programs name their dynamic loader through them.</summary>
    private static readonly string[] MergedFolders = ["bin", "lib", "lib64", "sbin"];

    public string Name => tree.Name;

    public IReadOnlyList<string> After => [resolveStage];

    /// <summary>A whole tree is made anew faster than it is sent, so nobody waits for another machine's.</summary>
    public bool MayBeShared => tree.Only.Count > 0;

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("only", tree.Only);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<LockedPackage> packages = await SelectPackagesStage.ReadAsync(scope, resolveStage, cancellation).ConfigureAwait(false);
        string folder = scope.OutputFile(Toolbox.TreeFolder);
        string unpacked = tree.Only.Count == 0 ? folder : Path.Combine(scope.Work.FullName, Toolbox.TreeFolder);
        await PackageUnpacking.UnpackAsync(scope, packages, archives, unpacked, cancellation).ConfigureAwait(false);
        foreach (string path in tree.Only)
        {
            string kept = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
            File.Copy(Path.Combine(unpacked, path), kept);
        }

        foreach (string name in MergedFolders)
        {
            string link = Path.Combine(folder, name);
            if (Directory.Exists(Path.Combine(folder, "usr", name)) && !Path.Exists(link))
                File.CreateSymbolicLink(link, "usr/" + name);
        }

        await File.WriteAllTextAsync(
            scope.OutputFile(ToolsStage.VersionsFile), CanonicalJson.Write(packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal)), cancellation)
            .ConfigureAwait(false);
    }
}
