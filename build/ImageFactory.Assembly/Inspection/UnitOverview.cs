using System.Text.RegularExpressions;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Inspection;

/// <summary>What starts at boot, what cannot start, and what would spoil an attested boot.</summary>
internal sealed partial record UnitOverview(
    IReadOnlyList<string> Enabled, IReadOnlyList<string> Masked, IReadOnlyList<string> Measuring, IReadOnlyList<string> Autologins)
{
    private static readonly string[] LinkFolders = [".wants", ".requires", ".upholds"];

    public static UnitOverview Of(FileTree tree)
    {
        UnitFiles units = new(tree);
        List<TreeItem> links = [.. tree.Walk(UnitFiles.Administrator).Where(i => i.Entry.Target is not null)];
        IEnumerable<string> enabled = links.Where(i => LinkFolders.Any(TreePath.Folder(i.Path).EndsWith))
            .Select(i => TreePath.FileName(i.Path))
            .Where(n => CanStart(units, n));
        IEnumerable<string> masked = links.Where(i => i.Entry.Target == UnitFiles.MaskTarget).Select(i => TreePath.FileName(i.Path));
        IEnumerable<string> measuring = units.Names.Where(n => IsMeasuring(n) && CanStart(units, n));
        return new UnitOverview(Sorted(enabled), Sorted(masked), Sorted(measuring), Sorted(FindAutologins(tree, units)));
    }

    /// <summary>Those of systemd-pcrlock only write down what they expect; making a policy of it also writes to the TPM.</summary>
    private static bool IsMeasuring(string unit) =>
        DefaultMasks.Measuring.Contains(unit)
        || (unit.StartsWith("systemd-pcr", StringComparison.Ordinal) && !unit.StartsWith("systemd-pcrlock", StringComparison.Ordinal) && !unit.EndsWith(".target", StringComparison.Ordinal));

    private static IEnumerable<string> FindAutologins(FileTree tree, UnitFiles units)
    {
        IEnumerable<TreeItem> files = tree.Walk(UnitFiles.Administrator).Concat(tree.Walk(UnitFiles.Vendor))
            .Where(i => i.Entry is { Type: TreeEntryType.File, Content.Length: < FileTree.MaxText });
        foreach (TreeItem file in files)
        {
            string unit = UnitOf(file.Path);
            if (unit.EndsWith(".service", StringComparison.Ordinal) && CanStart(units, unit) && Autologin().IsMatch(tree.ReadText(file.Path) ?? ""))
                yield return unit;
        }
    }

    /// <summary>A drop-in belongs to the unit that its folder is named after.</summary>
    private static string UnitOf(string path)
    {
        string folder = TreePath.FileName(TreePath.Folder(path));
        return folder.EndsWith(".d", StringComparison.Ordinal) ? folder[..^2] : TreePath.FileName(path);
    }

    private static bool CanStart(UnitFiles units, string text) =>
        UnitName.TryParse(text, out UnitName? name) && units.Find(name) is { IsMasked: false };

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^\s*ExecStart\s*=.*\bagetty\b.*\s(--autologin|-a)[\s=]", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Autologin();
}
