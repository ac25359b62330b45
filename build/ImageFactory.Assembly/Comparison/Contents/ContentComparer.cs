using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>Says how two images differ in what their users care for: packages, files, units, kernel arguments, policy.</summary>
/// <param name="programs">Starts the tools of file systems.</param>
/// <param name="tool">Makes the call of a tool: its name and arguments.</param>
public sealed class ContentComparer(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> tool)
{
    /// <param name="before">Path of a raw or qcow2 image, or another that is read, and how its user named it.</param>
    /// <param name="after">The same of the newer one.</param>
    /// <param name="work">An empty folder, removed by the caller; needs as much room as the files of both take.</param>
    /// <exception cref="FactoryException">An image cannot be read at all.</exception>
    public async Task<ContentChanges> CompareAsync((string Path, string ShownAs) before, (string Path, string ShownAs) after, DirectoryInfo work, CancellationToken cancellation)
    {
        using IExtentSource one = DiskImage.Open(before.Path);
        using IExtentSource other = DiskImage.Open(after.Path);
        ImageContentsReader reader = new(programs, tool);
        ImageContents old = await reader.ReadAsync(one, before.ShownAs, work.CreateSubdirectory("before"), cancellation).ConfigureAwait(false);
        ImageContents fresh = await reader.ReadAsync(other, after.ShownAs, work.CreateSubdirectory("after"), cancellation).ConfigureAwait(false);
        return Between(old, fresh, cancellation);
    }

    internal static ContentChanges Between(ImageContents before, ImageContents after, CancellationToken cancellation)
    {
        List<string> notCompared = [.. before.Missing, .. after.Missing];
        FileChange[]? files = before.Tree is { } old && after.Tree is { } fresh ? [.. TreeComparison.Of(old, fresh).Select(c => WithPackage(c, before, after))] : null;
        if (files is not null && !(before.KnowsOwners && after.KnowsOwners))
            notCompared.Add("owners, set-id bits and extended attributes (capabilities among them) of files: a root file system is damaged, or has features that are not known here");
        if (files is not null && (before.Packages is null || after.Packages is null))
            notCompared.Add("packages: an image has no package database that is read");
        return new ContentChanges
        {
            Files = files,
            Packages = before.Packages is { } oldPackages && after.Packages is { } newPackages
                ? PackageChanges.Between(oldPackages.Packages.Select(p => (p.Name, p.Architecture, p.Version)), newPackages.Packages.Select(p => (p.Name, p.Architecture, p.Version)))
                : null,
            Units = before is { Tree: { } oldTree, Root: { } oldRoot } && after is { Tree: { } newTree, Root: { } newRoot } ? UnitChanges.Between((oldTree, oldRoot), (newTree, newRoot)) : null,
            KernelArguments = before.CommandLine is { } oldLine && after.CommandLine is { } newLine ? ArgumentChanges.Between(oldLine, newLine) : null,
            Boot = before.Esp is { } oldEsp && after.Esp is { } newEsp ? [.. FatComparison.Of("esp", oldEsp, newEsp, cancellation)] : null,
            Policy = PolicyOf(before, after, notCompared),
            NotCompared = notCompared,
        };
    }

    private static FileChange WithPackage(FileChange change, ImageContents before, ImageContents after)
    {
        ImageContents side = change.Kind == ChangeKind.Removed ? before : after;
        return change with { Package = side.Packages?.Owned.GetValueOrDefault(change.Path), IsPackageDatabase = side.Packages?.IsDatabase(change.Path) == true };
    }

    /// <summary>Also an image without a policy can be told from one with it, by its files; calls need two policies.</summary>
    private static PolicyDiff? PolicyOf(ImageContents before, ImageContents after, List<string> notCompared)
    {
        if (before.Root?.Policy is { } old && after.Root?.Policy is { } fresh)
            return PolicyDiff.Between(old, fresh);
        if (before.Root is not null && after.Root is not null && before.Root.Policy != after.Root.Policy)
            notCompared.Add($"the agent policy: only the {(before.Root.Policy is null ? "second" : "first")} image has one");
        return null;
    }
}
