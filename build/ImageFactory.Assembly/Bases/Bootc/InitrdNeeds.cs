using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>What an initrd must hold to open a verified root below an overlay, measured against what an image's own initrd holds.</summary>
internal static class InitrdNeeds
{
    /// <summary>Programs of systemd, by the ends of their paths.</summary>
    private static readonly string[] Programs =
        ["lib/systemd/systemd-veritysetup", "lib/systemd/system-generators/systemd-veritysetup-generator", "lib/systemd/systemd-volatile-root"];

    /// <summary>Units that extend PCR 11 or 15 in an initrd that has them, so that its measurements have other values than those that are predicted.</summary>
    private static readonly string[] Measuring = ["systemd-pcrphase-initrd.service", "systemd-pcrextend"];

    /// <exception cref="FactoryException">IFC311: the kernel itself cannot do it.</exception>
    public static void RequireModules(FileTree tree, string kernel, RootFileSystem root, string image)
    {
        KernelModules modules = KernelModules.Of(tree, kernel);
        string fileSystem = root == RootFileSystem.Erofs ? "erofs" : "ext4";
        FactoryException.ThrowIfAny(
        [
            .. from need in ((string Module, string Purpose)[])[("dm-verity", "'disk.integrity: verity'"), ("overlay", "an image that is never written to"), (fileSystem, $"'disk.root: {fileSystem}'")]
               where !modules.Has(need.Module)
               select BootcFaults.NoModule(image, kernel, need.Module, need.Purpose),
        ]);
    }

    /// <returns>What is missing, in words; nothing for an initrd that serves.</returns>
    /// <param name="names">Of the files in the initrd, as <c>usr/lib/…</c>.</param>
    /// <param name="drivers">Of file systems and disks; those that the kernel does not have at all are passed over.</param>
    public static IReadOnlyList<string> Missing(IReadOnlyCollection<string> names, FileTree tree, string kernel, IEnumerable<string> drivers)
    {
        KernelModules modules = KernelModules.Of(tree, kernel);
        HashSet<string> held = [.. names.Where(n => n.Contains("/modules/", StringComparison.Ordinal)).Select(KernelModules.NameOf).OfType<string>()];
        return
        [
            .. Programs.Where(p => !names.Any(n => n.EndsWith(p, StringComparison.Ordinal))).Select(TreePath.FileName),
            .. drivers.Select(KernelModules.Normalised).Where(d => modules.IsLoadable(d) && !held.Contains(d)),
            .. Measuring.Where(m => names.Any(n => n.Contains(".target.wants/" + m, StringComparison.Ordinal) || n.Contains("sockets.target.wants/" + m, StringComparison.Ordinal)))
                .Select(m => $"a fixed value of PCR 11, which {m} extends"),
        ];
    }

    /// <summary>What a kernel has, built in or as a file: by <c>modules.builtin</c> and <c>modules.dep</c>.</summary>
    private sealed class KernelModules
    {
        private readonly HashSet<string> builtIn = [];
        private readonly HashSet<string> files = [];

        public static KernelModules Of(FileTree tree, string kernel)
        {
            KernelModules found = new();
            string folder = $"/usr/lib/modules/{kernel}";
            foreach (string line in (tree.ReadText($"{folder}/modules.builtin") ?? "").Split('\n'))
            {
                if (NameOf(line.Trim()) is { } name)
                    found.builtIn.Add(name);
            }

            foreach (TreeItem item in tree.Walk($"{folder}/kernel"))
            {
                if (NameOf(item.Path) is { } name)
                    found.files.Add(name);
            }

            return found;
        }

        public bool Has(string module) => builtIn.Contains(Normalised(module)) || IsLoadable(Normalised(module));

        public bool IsLoadable(string module) => files.Contains(module);

        /// <summary><c>kernel/drivers/md/dm-verity.ko.xz</c> → <c>dm_verity</c>; null for another file.</summary>
        public static string? NameOf(string path)
        {
            string file = TreePath.FileName(path);
            int end = file.IndexOf(".ko", StringComparison.Ordinal);
            return end > 0 ? Normalised(file[..end]) : null;
        }

        /// <summary>The kernel takes '-' and '_' for the same.</summary>
        public static string Normalised(string module) => module.Replace('-', '_');
    }
}
