using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Enables the units that a layer's own preset files ask for (systemd.preset(5)), as <c>systemctl preset</c> would on a running system:
/// a payload brings its units and says itself which of them start.
/// </summary>
internal static class UnitPresets
{
    private const string Folder = "/usr/lib/systemd/system-preset";

    /// <param name="tree">The whole root, the layer merged.</param>
    /// <param name="layer">Only its preset files count; those of the base are for package installation.</param>
    public static IReadOnlyList<Fault> Enable(FileTree tree, FileTree layer)
    {
        List<Fault> faults = [];
        UnitLinks links = new(tree);
        foreach (string file in layer.List(Folder).Where(f => f.EndsWith(".preset", StringComparison.Ordinal)))
        {
            foreach (string line in (layer.ReadText($"{Folder}/{file}") ?? "").Split('\n', StringSplitOptions.TrimEntries))
            {
                if (line.StartsWith("enable ", StringComparison.Ordinal))
                    faults.AddRange(links.Enable(line["enable ".Length..].Trim()).Select(Lenient));
            }
        }

        return faults;
    }

    /// <summary>A preset may name units that a system does not have; on RHEL there is no systemd-networkd.</summary>
    private static Fault Lenient(Fault fault) => fault.Code == UnitFaults.NotThereCode ? fault.AsWarning() : fault;
}
