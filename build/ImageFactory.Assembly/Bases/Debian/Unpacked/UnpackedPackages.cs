using System.Text;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>Packages put on top of each other into one tree, with dpkg's records of them. Nothing of them is run.</summary>
/// <param name="Tree">Contents stay in the work folder of the stage.</param>
/// <param name="Scripts">The <c>postinst</c> of each package that has one, by package name.</param>
internal sealed record UnpackedPackages(FileTree Tree, IReadOnlyDictionary<string, string> Scripts)
{
    private const string Info = "/var/lib/dpkg/info";

    public static async Task<UnpackedPackages> ReadAsync(StageScope scope, PackageCache cache, IReadOnlyList<LockedPackage> packages, CancellationToken cancellation)
    {
        string folder = Directory.CreateDirectory(Path.Combine(scope.Work.FullName, "unpacked")).FullName;
        (FileTree Data, FileTree Control)[] trees = new (FileTree, FileTree)[packages.Count];
        int done = 0;
        await Parallel.ForAsync(0, packages.Count, cancellation, async (i, token) =>
        {
            trees[i] = (await TreeOfAsync(packages[i], "data", token).ConfigureAwait(false), await TreeOfAsync(packages[i], "control", token).ConfigureAwait(false));
            scope.Log.Progress(Interlocked.Increment(ref done), packages.Count, "packages");
        }).ConfigureAwait(false);

        FileTree root = new();
        StringBuilder status = new();
        Dictionary<string, string> scripts = new(StringComparer.Ordinal);
        List<Fault> faults = [];
        // base-files brings /bin, /lib and /sbin as links to below /usr, which everybody else relies on.
        foreach (int i in Enumerable.Range(0, packages.Count).OrderBy(i => packages[i].Name != "base-files").ThenBy(i => packages[i].Name, StringComparer.Ordinal))
        {
            faults.AddRange(root.Merge(trees[i].Data).Select(f => f.Where is null ? f.At(packages[i].FileName) : f));
            Record(root, packages[i], trees[i].Data, trees[i].Control, status);
            if (trees[i].Control.ReadText("/postinst") is { } script)
                scripts[packages[i].Name] = script;
        }

        FactoryException.ThrowIfAny(faults);
        root.Put("/var/lib/dpkg/status", TreeEntry.Text(status.ToString()));
        return new UnpackedPackages(root, scripts);

        async Task<FileTree> TreeOfAsync(LockedPackage package, string member, CancellationToken token)
        {
            string tar = Path.Combine(folder, $"{package.Sha256.Hex}.{member}.tar");
            await DebArchive.ExtractAsync(cache.PathOf(package), member, tar, package.FileName, token).ConfigureAwait(false);
            return TarTreeReader.Read(tar, package.FileName, TarReadRules.Base, token).Tree;
        }
    }

    /// <summary>What dpkg would have written down: the package's stanza, and the list of its files.</summary>
    private static void Record(FileTree root, LockedPackage package, FileTree data, FileTree control, StringBuilder status)
    {
        string[] lines = (control.ReadText("/control") ?? "").TrimEnd('\n').Split('\n');
        status.Append(lines[0]).Append("\nStatus: install ok installed\n").AppendJoin('\n', lines.Skip(1)).Append("\n\n");
        string name = lines.Any(l => l == "Multi-Arch: same") ? $"{package.Name}:{package.Architecture}" : package.Name;
        root.Put($"{Info}/{name}.list", TreeEntry.Text(string.Join('\n', data.Walk().Select(i => i.Path == "/" ? "/." : i.Path)) + "\n"));
        if (control.ReadText("/md5sums") is { } sums)
            root.Put($"{Info}/{name}.md5sums", TreeEntry.Text(sums));
    }
}
