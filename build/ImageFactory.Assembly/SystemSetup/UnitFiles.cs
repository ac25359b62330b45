using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>The unit files in a root file system, found where systemd looks for them.</summary>
internal sealed class UnitFiles(FileTree tree)
{
    public const string Administrator = "/etc/systemd/system";
    public const string Vendor = "/usr/lib/systemd/system";
    public const string MaskTarget = "/dev/null";

    /// <summary>Later folders are looked at when earlier ones have no such unit.</summary>
    private static readonly string[] Folders = [Administrator, "/usr/local/lib/systemd/system", Vendor, "/lib/systemd/system"];

    /// <summary>Names of all unit files.</summary>
    public IEnumerable<string> Names => Folders.SelectMany(tree.List).Where(n => UnitName.TryParse(n, out _)).Distinct(StringComparer.Ordinal);

    /// <summary>The unit of a name, aliases followed; an instance is found by its template. Null when there is none.</summary>
    public UnitFile? Find(UnitName name)
    {
        // An alias of an alias of ... ends somewhere, or it is no unit.
        for (int i = 0; i < FileTree.MaxLinks; i++)
        {
            string? path = PathOf(name.Text) ?? (name.IsInstance ? PathOf(name.Template.Text) : null);
            if (path is null)
                return null;
            TreeEntry entry = tree.FindSelf(path)!;
            if (IsMask(path, entry))
                return new UnitFile(name, path, IsMasked: true);
            if (entry.Target is null || AliasTarget(name, entry.Target) is not { } real)
                return new UnitFile(name, path, IsMasked: false);
            name = real;
        }

        return null;
    }

    public UnitInstall ReadInstall(UnitFile unit)
    {
        UnitInstall install = new();
        if (tree.ReadText(unit.Path) is { } text)
            install.Add(text);
        foreach (string dropIn in DropIns(unit.Name))
            install.Add(tree.ReadText(dropIn)!);
        return install;
    }

    /// <summary>A link to /dev/null or an empty file hides the unit.</summary>
    private bool IsMask(string path, TreeEntry entry) =>
        entry.Target == MaskTarget || tree.Find(path) is { Type: TreeEntryType.File, Content.Length: 0 };

    private string? PathOf(string name) => Folders.Select(f => $"{f}/{name}").FirstOrDefault(p => tree.FindSelf(p) is not null);

    /// <summary>The other unit that a link in a unit folder stands for; null when it only says where the file lies.</summary>
    private static UnitName? AliasTarget(UnitName name, string target)
    {
        if (!UnitName.TryParse(TreePath.FileName(target), out UnitName? other) || other == name)
            return null;
        if (!other.IsTemplate || !name.IsInstance)
            return other;
        UnitName instance = other with { Instance = name.Instance };
        return instance == name ? null : instance;
    }

    private List<string> DropIns(UnitName name)
    {
        string[] names = name.IsInstance ? [name.Text, name.Template.Text] : [name.Text];
        SortedDictionary<string, string> byFileName = new(StringComparer.Ordinal);
        foreach (string folder in names.SelectMany(n => Folders.Select(f => $"{f}/{n}.d")))
        {
            foreach (string file in tree.List(folder).Where(f => f.EndsWith(".conf", StringComparison.Ordinal)))
            {
                if (tree.Find($"{folder}/{file}") is { Type: TreeEntryType.File })
                    byFileName.TryAdd(file, $"{folder}/{file}");
            }
        }

        return [.. byFileName.Values];
    }
}

/// <param name="Name">Its name after aliases were followed.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="IsMasked">It cannot be started.</param>
internal sealed record UnitFile(UnitName Name, string Path, bool IsMasked);
