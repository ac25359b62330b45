using System.Text;
using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>
/// Takes packages out of a root file system that nothing runs in: their files, as dpkg's lists name them, and their records, so that
/// the image's package database lists what is in the image. Packages stay even if one of those removed is named in their dependencies.
/// </summary>
internal static class DpkgDatabase
{
    private const string Status = "/var/lib/dpkg/status";
    private const string Info = "/var/lib/dpkg/info";

    public static void Remove(FileTree tree, IReadOnlyCollection<string> packages)
    {
        HashSet<string> gone = [.. packages];
        List<string> kept = [];
        StringBuilder status = new();
        foreach (string stanza in (tree.ReadDatabase(Status) ?? "").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            IReadOnlyDictionary<string, string> fields = DebianControl.Stanzas(stanza).First();
            if (gone.Contains(fields["Package"]))
                continue;
            kept.Add(fields["Package"]);
            status.Append(stanza.Trim('\n')).Append("\n\n");
        }

        ILookup<string, string> records = tree.List(Info).ToLookup(PackageOf, StringComparer.Ordinal);
        HashSet<string> stillOwned = [.. kept.SelectMany(p => Files(tree, records[p]))];
        foreach (string package in packages)
        {
            // Deepest first, so that a folder is looked at when what was in it is gone.
            foreach (string path in Files(tree, records[package]).Where(f => !stillOwned.Contains(f)).OrderByDescending(f => f, StringComparer.Ordinal))
            {
                if (tree.FindSelf(path) is not { } entry || (entry.IsDirectory && tree.List(path).Count > 0))
                    continue;
                tree.Remove(path);
            }

            foreach (string record in records[package])
                tree.Remove($"{Info}/{record}");
        }

        tree.Put(Status, TreeEntry.Text(status.ToString()));
    }

    /// <summary>The files and folders of a package, as its record names them.</summary>
    public static IEnumerable<string> FilesOf(FileTree tree, string package) => Files(tree, tree.List(Info).Where(r => PackageOf(r) == package));

    /// <summary><c>libc6:amd64.list</c> belongs to libc6; <c>format</c> belongs to nobody.</summary>
    private static string PackageOf(string record)
    {
        int dot = record.LastIndexOf('.');
        string name = dot < 0 ? record : record[..dot];
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? name : name[..colon];
    }

    private static IEnumerable<string> Files(FileTree tree, IEnumerable<string> records) =>
        records.Where(r => r.EndsWith(".list", StringComparison.Ordinal))
            .SelectMany(r => (tree.ReadDatabase($"{Info}/{r}") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f != "/.");
}
