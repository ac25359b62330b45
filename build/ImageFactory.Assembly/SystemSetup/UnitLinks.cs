using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Enables, disables and masks units as <c>systemctl --root</c> does: by links below /etc/systemd/system.</summary>
internal sealed class UnitLinks(FileTree tree)
{
    private static readonly string[] LinkFolders = [".wants", ".requires", ".upholds"];

    private readonly UnitFiles units = new(tree);

    /// <returns>What is wrong; nothing was linked for a unit that has an error.</returns>
    public IReadOnlyList<Fault> Enable(string text)
    {
        List<Fault> faults = [];
        Enable(text, askedByRecipe: true, new HashSet<string>(StringComparer.Ordinal), faults);
        return faults;
    }

    public IReadOnlyList<Fault> Disable(string text)
    {
        if (!UnitName.TryParse(text, out UnitName? name))
            return [UnitFaults.BadName(text)];
        if (units.Find(name) is not { } unit)
            return [NotThere(name)];

        // Names grow while links go: an alias that is removed was a name, and other links may use it.
        HashSet<string> names = new(StringComparer.Ordinal) { name.Text, unit.Name.Text };
        AddAlso(unit, names);
        while (RemoveLinks(names))
        {
        }

        string? by = unit.IsMasked ? null : VendorLink(unit.Name.Text);
        return by is null ? [] : [UnitFaults.StillWanted(unit.Name.Text, by)];
    }

    /// <summary>Masks a unit; one that is not there is masked too, since generators make units at boot.</summary>
    public IReadOnlyList<Fault> Mask(string text)
    {
        if (!UnitName.TryParse(text, out UnitName? name))
            return [UnitFaults.BadName(text)];
        string path = $"{UnitFiles.Administrator}/{name.Text}";
        bool known = units.Find(name) is not null;
        if (tree.FindSelf(path) is { Type: not TreeEntryType.SymbolicLink })
            return [UnitFaults.InTheWay(path)];
        tree.Put(path, TreeEntry.Link(UnitFiles.MaskTarget));
        return known ? [] : [UnitFaults.NothingToMask(name.Text, Nearest(name))];
    }

    private void Enable(string text, bool askedByRecipe, HashSet<string> done, List<Fault> faults)
    {
        if (!UnitName.TryParse(text, out UnitName? name))
        {
            faults.Add(UnitFaults.BadName(text));
            return;
        }

        if (!done.Add(name.Text))
            return;
        if (units.Find(name) is not { } unit)
        {
            faults.Add(NotThere(name));
            return;
        }

        if (unit.IsMasked)
        {
            faults.Add(UnitFaults.Masked(name.Text));
            return;
        }

        UnitInstall install = units.ReadInstall(unit);
        if (install.IsEmpty)
        {
            // systemctl passes over such units when Also= names them.
            if (askedByRecipe)
                faults.Add(UnitFaults.NothingToEnable(name.Text));
            return;
        }

        List<string> links = [];
        int before = faults.Count;
        AddAliases(unit, install, links, faults);
        AddWants(unit, install, askedByRecipe, links, faults);
        if (faults.Count > before)
            return;
        foreach (string link in links)
            PutLink(link, unit.Path, faults);
        foreach (string also in install.Also)
            EnableAlso(unit, also, done, faults);
    }

    private void EnableAlso(UnitFile unit, string also, HashSet<string> done, List<Fault> faults)
    {
        string? expanded = unit.Name.Expand(also);
        if (expanded is null || !UnitName.TryParse(expanded, out UnitName? name))
            faults.Add(UnitFaults.BadInstall(unit.Name.Text, also));
        else if (units.Find(name) is null)
            faults.Add(UnitFaults.AlsoNotThere(unit.Name.Text, expanded));
        else
            Enable(expanded, askedByRecipe: false, done, faults);
    }

    private static void AddAliases(UnitFile unit, UnitInstall install, List<string> links, List<Fault> faults)
    {
        foreach (string text in install.Alias)
        {
            string? expanded = unit.Name.Expand(text);
            if (expanded is null || !UnitName.TryParse(expanded, out UnitName? alias) || alias.Type != unit.Name.Type
                || alias.Instance is null != unit.Name.Instance is null)
            {
                faults.Add(UnitFaults.BadInstall(unit.Name.Text, text));
                continue;
            }

            if (alias.IsTemplate && unit.Name.IsInstance)
                alias = alias with { Instance = unit.Name.Instance };
            if (alias != unit.Name)
                links.Add($"{UnitFiles.Administrator}/{alias.Text}");
        }
    }

    private static void AddWants(UnitFile unit, UnitInstall install, bool askedByRecipe, List<string> links, List<Fault> faults)
    {
        UnitName name = unit.Name;
        bool isWanted = install.WantedBy.Count + install.RequiredBy.Count + install.UpheldBy.Count > 0;
        if (isWanted && name.IsTemplate)
        {
            if (install.DefaultInstance is null)
            {
                if (askedByRecipe)
                    faults.Add(UnitFaults.TemplateWithoutInstance(name.Text));
                return;
            }

            name = name with { Instance = name.Expand(install.DefaultInstance) ?? "" };
        }

        Add(install.WantedBy, ".wants");
        Add(install.RequiredBy, ".requires");
        Add(install.UpheldBy, ".upholds");

        void Add(IReadOnlyList<string> by, string folder)
        {
            foreach (string text in by)
            {
                if (name.Expand(text) is { } expanded && UnitName.TryParse(expanded, out UnitName? target))
                    links.Add($"{UnitFiles.Administrator}/{target.Text}{folder}/{name.Text}");
                else
                    faults.Add(UnitFaults.BadInstall(unit.Name.Text, text));
            }
        }
    }

    private void PutLink(string path, string target, List<Fault> faults)
    {
        if (tree.FindSelf(path) is { Type: not TreeEntryType.SymbolicLink })
            faults.Add(UnitFaults.InTheWay(path));
        else
            tree.Put(path, TreeEntry.Link(target));
    }

    private void AddAlso(UnitFile unit, HashSet<string> names)
    {
        if (unit.IsMasked)
            return;
        foreach (string also in units.ReadInstall(unit).Also)
        {
            if (unit.Name.Expand(also) is { } text && names.Add(text) && UnitName.TryParse(text, out UnitName? name) && units.Find(name) is { } next)
                AddAlso(next, names);
        }
    }

    private bool RemoveLinks(HashSet<string> names)
    {
        List<string> links = [.. tree.Walk(UnitFiles.Administrator).Where(i => IsLinkTo(i, names)).Select(i => i.Path)];
        foreach (string link in links)
        {
            tree.Remove(link);
            string folder = TreePath.Folder(link);
            if (folder == UnitFiles.Administrator)
                names.Add(TreePath.FileName(link));
            else if (tree.List(folder).Count == 0)
                tree.Remove(folder);
        }

        return links.Count > 0;
    }

    private static bool IsLinkTo(TreeItem item, HashSet<string> names) =>
        item.Entry.Target is { } target && target != UnitFiles.MaskTarget
        && (IsAmong(TreePath.FileName(item.Path), names) || IsAmong(TreePath.FileName(target), names));

    /// <summary>A template stands for all its instances.</summary>
    private static bool IsAmong(string text, HashSet<string> names) =>
        names.Contains(text) || (UnitName.TryParse(text, out UnitName? name) && name.IsInstance && names.Contains(name.Template.Text));

    private string? VendorLink(string name) =>
        tree.List(UnitFiles.Vendor)
            .Where(f => LinkFolders.Any(s => f.EndsWith(s, StringComparison.Ordinal)) && tree.FindSelf($"{UnitFiles.Vendor}/{f}/{name}") is not null)
            .Select(Path.GetFileNameWithoutExtension)
            .FirstOrDefault();

    private Fault NotThere(UnitName name) => UnitFaults.NotThere(name.Text, Nearest(name));

    private string? Nearest(UnitName name) => NearestName.Of(name.Text, units.Names);
}
