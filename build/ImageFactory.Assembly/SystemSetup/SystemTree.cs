using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Turns base and payload into the system of a pod VM: the rules that always hold, then what the recipe says.</summary>
internal static class SystemTree
{
    /// <param name="tree">Base and payload; changed in place.</param>
    /// <param name="settings">From the recipe.</param>
    /// <param name="origins">For the places of faults.</param>
    /// <param name="keptLayout">The tree goes back to a disk of its own layout: what is of the disk and of the distribution stays.</param>
    /// <returns>Everything that is wrong or worth a look.</returns>
    public static IReadOnlyList<Fault> Apply(FileTree tree, SystemSettings settings, RecipeOrigins origins, bool keptLayout = false)
    {
        List<Fault> faults = [];
        if (keptLayout)
            RootTreeRules.ForgetMachine(tree);
        else
            RootTreeRules.Apply(tree);
        for (int i = 0; i < settings.Files.Count; i++)
            Add(SystemFiles.Put(tree, settings.Files[i]), $"system.files[{i}]");

        Add(CloudInitRules.Apply(tree, settings.CloudInit), "system.cloudInit");
        if (settings.Ssh == SshAccess.Debug)
            Add(SshRules.ApplyDebug(tree, settings.AuthorizedKeys), "system.ssh");
        ApplyUnits(tree, settings.Units, keptLayout ? DefaultMasks.Logins : DefaultMasks.All, Add);
        if (settings.Ssh == SshAccess.Absent)
            Add(SshRules.CheckAbsent(tree), "system.ssh");

        Accounts.LockRoot(tree);
        faults.AddRange(Accounts.Check(tree));
        return faults;

        void Add(IEnumerable<Fault> found, string key) => faults.AddRange(found.Select(f => f.Where is null ? f.At(origins.Of(key)) : f));
    }

    private static void ApplyUnits(FileTree tree, UnitSettings units, IEnumerable<string> masks, Action<IEnumerable<Fault>, string> add)
    {
        UnitLinks links = new(tree);
        FindContradictions(units, add);

        // A recipe may want a login console for itself; what would spoil the measurements it cannot have.
        foreach (string mask in DefaultMasks.Measuring.Concat(MeasuringUnits(tree)).Concat(masks.Except(units.Enable.Select(TemplateOf))).Distinct())
            add(links.Mask(mask).Where(f => f.Severity == Severity.Error), "system.units");
        for (int i = 0; i < units.Disable.Count; i++)
            add(links.Disable(units.Disable[i]), $"system.units.disable[{i}]");
        for (int i = 0; i < units.Enable.Count; i++)
            add(links.Enable(units.Enable[i]), $"system.units.enable[{i}]");
        for (int i = 0; i < units.Mask.Count; i++)
            add(links.Mask(units.Mask[i]), $"system.units.mask[{i}]");
    }

    /// <summary>Releases of systemd add units that extend PCRs; all of them begin alike.</summary>
    private static IEnumerable<string> MeasuringUnits(FileTree tree) =>
        tree.List("/usr/lib/systemd/system").Where(u => u.StartsWith("systemd-pcr", StringComparison.Ordinal) && (u.EndsWith(".service", StringComparison.Ordinal) || u.EndsWith(".socket", StringComparison.Ordinal)));

    private static string TemplateOf(string unit) =>
        UnitName.TryParse(unit, out UnitName? name) && name.IsInstance ? name.Template.Text : unit;

    private static void FindContradictions(UnitSettings units, Action<IEnumerable<Fault>, string> add)
    {
        foreach (string name in units.Enable.Intersect(units.Mask, StringComparer.Ordinal))
            add([UnitFaults.Contradiction(name, "enable", "mask")], "system.units.mask");
        foreach (string name in units.Enable.Intersect(units.Disable, StringComparer.Ordinal))
            add([UnitFaults.Contradiction(name, "enable", "disable")], "system.units.disable");
    }
}
