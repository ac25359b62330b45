using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>What a Debian root file system loses on its way into the image: what only made the initrd, and what only a package manager or a person reads.</summary>
internal sealed class DebianTreeRules(DebianBase settings, string packagesStage) : IBaseTreeRules
{
    private const string Revision = "1";

    public IReadOnlyList<string> After => [packagesStage];

    public void Describe(StageKey key) => key.Add("debian-rules", Revision).Add("removed", Removed).Add("exclude", settings.Exclude);

    public async Task ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        DpkgDatabase.Remove(tree, await SelectPackagesStage.ReadBuildOnlyAsync(scope, packagesStage, cancellation).ConfigureAwait(false));
        foreach (string pattern in Removed.Concat(settings.Exclude))
            tree.RemoveMatches(pattern);

        // The licences ask for their texts; nothing asks for the rest of the documentation.
        foreach (string package in tree.List("/usr/share/doc"))
        {
            foreach (string file in tree.List($"/usr/share/doc/{package}").Where(f => f != "copyright"))
                tree.Remove($"/usr/share/doc/{package}/{file}");
        }
    }

    /// <summary>Essential packages are unpacked before dpkg reads what to leave out, so the rest of it goes here.</summary>
    private static readonly string[] Removed =
    [
        "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian", "/usr/share/bug", "/usr/share/doc-base",
        "/usr/share/bash-completion", "/usr/share/zsh", "/usr/share/fish", "/usr/share/zoneinfo", "/usr/share/gdb",
        "/usr/share/initramfs-tools", "/usr/lib/kernel/install.d", "/etc/kernel/postinst.d", "/etc/kernel/postrm.d", "/usr/share/keyrings",
        "/etc/apt", "/usr/lib/apt", "/var/lib/apt", "/var/cache/apt", "/var/log/*", "/var/lib/dpkg/*-old", "/var/cache/debconf/*-old", "/var/lib/systemd/deb-systemd-*", "/var/cache/ldconfig/aux-cache",
    ];
}
