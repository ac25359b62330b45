using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>
/// What the file system of a bootable container loses and gets on its way into the measured disk. What ostree and bootc need to update a machine in place is
/// left out on purpose: a pod VM lives as long as its pod, and another image is another disk.
/// </summary>
/// <param name="kernelArguments">Those of the recipe.</param>
internal sealed class BootcTreeRules(IReadOnlyList<string> kernelArguments) : IBaseTreeRules
{
    private const string Revision = "1";
    private const string ArgumentsFolder = "/usr/lib/bootc/kargs.d";

    private static readonly string[] Removed =
    [
        "/ostree", "/sysroot/ostree", "/.dockerenv", "/run/.containerenv",
        "/usr/lib/modules/*/initramfs*", "/usr/lib/modules/*/vmlinuz*", "/var/lib/NetworkManager/*", "/var/lib/dhcp/*", "/root/.bash_history", "/imagefactory-initrd.img",
    ];

    /// <summary>They would update a system that has no other place to write to, or say that it is not a deployment.</summary>
    private static readonly string[] Masked =
    [
        "bootc-fetch-apply-updates.timer", "bootc-fetch-apply-updates.service", "bootc-publish-rhsm-facts.service", "bootc-status-updated.path", "bootc-destructive-cleanup.service",
        "bootloader-update.service", "greenboot-healthcheck.service", "ostree-boot-complete.service", "ostree-finalize-staged.path", "ostree-remount.service",
        "rpm-ostree-countme.timer", "rpm-ostreed-automatic.timer", "rpm-ostree-fix-shadow-mode.service",
    ];

    /// <summary>On bootc's layout these are links into /var, whose targets a running deployment makes.</summary>
    private static readonly (string Path, int Mode)[] Places =
        [("/home", UnixMode.Executable), ("/root", UnixMode.Private), ("/opt", UnixMode.Executable), ("/srv", UnixMode.Executable), ("/mnt", UnixMode.Executable), ("/media", UnixMode.Executable), ("/usr/local", UnixMode.Executable)];

    /// <summary>Types that an engine gives to the files of its containers; on a disk they would be wrong labels.</summary>
    private static readonly string[] ContainerTypes = [":container_file_t:", ":container_ro_file_t:", ":container_share_t:", ":svirt_sandbox_file_t:"];

    public IReadOnlyList<string> After => [];

    public void Describe(StageKey key) =>
        key.Add("bootc-rules", Revision).Add("removed", Removed).Add("masked", Masked).Add("places", [.. Places.Select(p => p.Path)]).Add("container-types", ContainerTypes);

    public Task ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        WarnOfArguments(tree, scope);
        KeepOneKernel(tree);
        foreach (string pattern in Removed)
            tree.RemoveMatches(pattern);
        foreach ((string path, int mode) in Places)
            MakePlace(tree, path, mode);
        UnitLinks links = new(tree);
        UnitFiles units = new(tree);
        foreach (string unit in Masked.Where(u => UnitName.TryParse(u, out UnitName? name) && units.Find(name) is not null))
            links.Mask(unit);
        DropContainerLabels(tree);
        return Task.CompletedTask;
    }

    private static void KeepOneKernel(FileTree tree)
    {
        if (GuestKernel.Newest(tree)?.Version is not { } kept)
            return;
        foreach (string version in GuestKernel.Versions(tree).Where(v => v != kept))
            tree.RemoveMatches($"/usr/lib/modules/{version}");
    }

    private static void MakePlace(FileTree tree, string path, int mode)
    {
        if (tree.FindSelf(path) is not { Type: TreeEntryType.SymbolicLink, Target: { } target } || tree.Find(path) is not null)
            return;
        string place = target.StartsWith('/') ? target : TreePath.Join(TreePath.Folder(path), target);

        // Links here go up at most one folder: /usr/local leads to ../var/usrlocal.
        if (target.StartsWith("../", StringComparison.Ordinal))
            place = TreePath.Join(TreePath.Folder(TreePath.Folder(path)), target[3..]);
        if (!place.Contains("..", StringComparison.Ordinal))
            tree.Put(place, TreeEntry.Directory(mode));
    }

    private static void DropContainerLabels(FileTree tree) => tree.ChangeAll((_, entry) =>
        entry.Xattrs.TryGetValue(SelinuxContexts.Attribute, out byte[]? label) && Array.Exists(ContainerTypes, t => System.Text.Encoding.UTF8.GetString(label).Contains(t, StringComparison.Ordinal))
            ? entry with { Xattrs = entry.Xattrs.Where(x => x.Key != SelinuxContexts.Attribute).ToDictionary(x => x.Key, x => x.Value) }
            : entry);

    private void WarnOfArguments(FileTree tree, StageScope scope)
    {
        foreach (string file in tree.List(ArgumentsFolder).Where(f => f.EndsWith(".toml", StringComparison.Ordinal)))
        {
            string path = $"{ArgumentsFolder}/{file}";
            string[] unused = [.. BootcArguments.Read(tree.ReadText(path) ?? "").Except(kernelArguments, StringComparer.Ordinal)];
            if (unused.Length > 0)
                scope.Log.Warn(BootcFaults.ImageArguments(path, unused));
        }
    }
}
