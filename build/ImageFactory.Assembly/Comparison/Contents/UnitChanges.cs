using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>Units of systemd that are in one image alone, or in another state there.</summary>
internal static class UnitChanges
{
    public static IReadOnlyList<UnitChange> Between((FileTree Tree, RootReport Root) before, (FileTree Tree, RootReport Root) after)
    {
        Dictionary<string, string> old = States(before.Tree, before.Root);
        Dictionary<string, string> fresh = States(after.Tree, after.Root);
        return
        [
            .. old.Keys.Union(fresh.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(u => new UnitChange(u, old.GetValueOrDefault(u), fresh.GetValueOrDefault(u)))
                .Where(c => c.Before != c.After),
        ];
    }

    private static Dictionary<string, string> States(FileTree tree, RootReport root)
    {
        Dictionary<string, string> states = new UnitFiles(tree).Names.ToDictionary(n => n, _ => "not enabled", StringComparer.Ordinal);
        foreach (string unit in root.EnabledUnits)
            states[unit] = "enabled";
        foreach (string unit in root.MaskedUnits)
            states[unit] = "masked";
        return states;
    }
}
