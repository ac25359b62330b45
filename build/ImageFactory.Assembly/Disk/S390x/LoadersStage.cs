using ImageFactory.Assembly.Packages;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>
/// Provides the boot loaders of s390-tools, which are built for s390x only: from a folder that the recipe names, else from Debian's package,
/// which is unpacked and not run.
/// </summary>
internal sealed class LoadersStage(SourcePath? folder, string packagesStage, PackageArchives archives) : IStage
{
    private const string Revision = "1";

    public const string StageName = "s390-loaders";
    public const string Package = "s390-tools";
    public const string Stage3 = "stage3.bin";

    /// <summary>Where each lies in the package, and in the layout of distributions generally.</summary>
    private static readonly (string File, string Place)[] Files =
    [
        ("stage3a.bin", $"{PackageTree.LoaderFolder}/stage3a.bin"),
        ("stage3b_reloc.bin", $"{PackageTree.LoaderFolder}/stage3b_reloc.bin"),
        (Stage3, PackageTree.Stage3Path),
    ];

    public string Name => StageName;

    public IReadOnlyList<string> After => folder is null ? [packagesStage] : [];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision);
        if (folder is not null)
        {
            foreach ((string file, string path) in Find(folder))
                key.Add(file, Sha256.Of(File.ReadAllBytes(path)));
        }
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<(string File, string Path)> found;
        if (folder is not null)
        {
            found = Find(folder);
        }
        else
        {
            IReadOnlyList<LockedPackage> packages = await SelectPackagesStage.ReadAsync(scope, packagesStage, cancellation).ConfigureAwait(false);
            PackageCache cache = new(scope, archives);
            await cache.EnsureAsync(packages, cancellation).ConfigureAwait(false);
            string tree = Path.Combine(scope.Work.FullName, "tree");
            foreach (LockedPackage package in packages)
                await scope.Programs.RunAsync(new ProgramCall("dpkg-deb", ["--extract", cache.PathOf(package), tree]), cancellation).ConfigureAwait(false);
            found = [.. Files.Select(f => (f.File, Path.Combine(tree, f.Place)))];
            FactoryException.ThrowIfAny([.. found.Where(f => !File.Exists(f.Path)).Select(f => S390xFaults.NoLoader(f.File, packages.Count > 0 ? packages[0].FileName : Package))]);
        }

        foreach ((string file, string path) in found)
            File.Copy(path, scope.OutputFile(file));
    }

    /// <summary>stage3.bin lies beside the others, or where an unpacked package has it.</summary>
    /// <exception cref="FactoryException">IFA511: some are missing.</exception>
    public static IReadOnlyList<(string File, string Path)> Find(SourcePath folder)
    {
        List<Fault> faults = [];
        List<(string, string)> found = [];
        foreach ((string file, string place) in Files)
        {
            string[] candidates = [Path.Combine(folder.FullPath, file), Path.GetFullPath(Path.Combine(folder.FullPath, "../../../..", place))];
            if (candidates.FirstOrDefault(File.Exists) is { } path)
                found.Add((file, path));
            else
                faults.Add(S390xFaults.NoLoader(file, folder.Text));
        }

        FactoryException.ThrowIfAny(faults);
        return found;
    }
}
