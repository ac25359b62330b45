using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>The kernel of a root tree and its modules.</summary>
internal static class KernelModules
{
    private const string Modules = "/usr/lib/modules";

    /// <summary>Version of the one kernel in <c>/boot</c>.</summary>
    /// <exception cref="FactoryException">IFA502: there is none, or more than one.</exception>
    public static string VersionIn(FileTree tree, string kernelPackage)
    {
        const string Prefix = "vmlinuz-";
        string[] versions = [.. tree.List("/boot").Where(f => f.StartsWith(Prefix, StringComparison.Ordinal)).Select(f => f[Prefix.Length..])];
        return versions.Length == 1 ? versions[0] : throw new FactoryException(UnpackingFaults.NoKernel(kernelPackage, versions.Length));
    }

    /// <summary>Makes <c>modules.dep</c> and its companions, which a kernel package does not hold. depmod reads any machine's modules.</summary>
    public static async Task IndexAsync(FileTree tree, string version, StageScope scope, Toolbox tools, CancellationToken cancellation)
    {
        string root = Path.Combine(scope.Work.FullName, "modules");
        string folder = $"{Modules}/{version}";
        foreach (TreeItem item in tree.Walk(folder).Where(i => i.Entry.Type == TreeEntryType.File))
        {
            string target = root + item.Path;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using Stream source = item.Entry.Content.Open();
            await using FileStream copy = new(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
            await source.CopyToAsync(copy, cancellation).ConfigureAwait(false);
        }

        Directory.CreateSymbolicLink(Path.Combine(root, "lib"), "usr/lib");
        await scope.Programs.RunAsync(tools.Call("depmod", ["-b", root, version]), cancellation).ConfigureAwait(false);
        foreach (FileInfo index in new DirectoryInfo(root + folder).EnumerateFiles("modules.*").OrderBy(f => f.Name, StringComparer.Ordinal))
            tree.Put($"{folder}/{index.Name}", TreeEntry.File(new FileContent(index.FullName, 0, index.Length)));
    }

    /// <summary>Paths of modules and of all that they need, from <c>modules.dep</c>; names that are built into the kernel need nothing.</summary>
    /// <exception cref="FactoryException">IFA503: the kernel has no module of a name.</exception>
    public static IReadOnlyList<string> Closure(FileTree tree, string version, IEnumerable<string> names)
    {
        string folder = $"{Modules}/{version}";
        Dictionary<string, string[]> needs = new(StringComparer.Ordinal);
        foreach (string line in Lines("modules.dep"))
        {
            string[] parts = line.Split(':', 2);
            needs[NameOf(parts[0])] = [parts[0], .. parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }

        HashSet<string> builtIn = [.. Lines("modules.builtin").Select(NameOf)];
        ILookup<string, string> soft = Lines("modules.softdep").Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length > 2 && w[0] == "softdep")
            .SelectMany(w => w.Skip(2).Where(n => !n.EndsWith(':')).Select(n => (w[1], n)))
            .ToLookup(p => p.Item1, p => p.n, StringComparer.Ordinal);

        List<Fault> faults = [];
        SortedSet<string> wanted = new(StringComparer.Ordinal);
        Queue<(string Name, bool Must)> open = new(names.Select(n => (n.Replace('-', '_'), true)));
        HashSet<string> seen = [];
        while (open.TryDequeue(out (string Name, bool Must) next))
        {
            if (!seen.Add(next.Name) || builtIn.Contains(next.Name))
                continue;
            if (!needs.TryGetValue(next.Name, out string[]? paths))
            {
                if (next.Must)
                    faults.Add(UnpackingFaults.NoModule(next.Name, version));
                continue;
            }

            foreach (string path in paths)
            {
                wanted.Add($"{folder}/{path}");
                foreach (string name in soft[NameOf(path)])
                    open.Enqueue((name.Replace('-', '_'), false));
            }
        }

        FactoryException.ThrowIfAny(faults);
        return [.. wanted];

        IEnumerable<string> Lines(string file) => (tree.ReadText($"{folder}/{file}") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary><c>kernel/drivers/md/dm-crypt.ko.xz</c> → <c>dm_crypt</c>.</summary>
    private static string NameOf(string path)
    {
        string file = TreePath.FileName(path);
        int dot = file.IndexOf(".ko", StringComparison.Ordinal);
        return (dot < 0 ? file : file[..dot]).Replace('-', '_');
    }
}
