using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>What the root file system of a pod VM needs whatever the recipe says: nothing of the build, nothing of one machine.</summary>
internal static class RootTreeRules
{
    private const int ReadOnly = (4 << 6) | (4 << 3) | 4;

    /// <summary>Folders whose content is of the build, of the package manager or of one run; the folders stay.</summary>
    private static readonly string[] Emptied =
        ["/boot", "/run", "/tmp", "/var/tmp", "/var/lib/apt/lists", "/var/cache/apt", "/var/cache/dnf", "/var/cache/yum"];

    private static readonly string[] Removed =
    [
        "/var/lib/dpkg/*-old",
        "/var/cache/debconf/*-old",
        "/var/cache/ldconfig/aux-cache",
        "/var/lib/systemd/random-seed",
        "/var/lib/systemd/credential.secret",
        "/var/lib/dbus/machine-id",
        "/etc/hostname",
        "/etc/ssh/ssh_host_*",
        "**/*.pyc",
        "**/__pycache__",
    ];

    /// <summary>Contents that would else be copied from the build host.</summary>
    private static readonly (string Path, string Text, int Mode)[] Fixed =
    [
        ("/etc/machine-id", "", ReadOnly),
        ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n", UnixMode.Plain),
        ("/etc/fstab", "", UnixMode.Plain),
    ];

    private static readonly (string Path, string Target)[] Links =
    [
        ($"{UnitFiles.Administrator}/default.target", $"{UnitFiles.Vendor}/multi-user.target"),
    ];

    public static void Apply(FileTree tree)
    {
        foreach (string folder in Emptied)
            tree.Empty(folder);
        foreach (string pattern in Removed)
            tree.RemoveMatches(pattern);
        RemoveLogs(tree);
        foreach ((string path, string text, int mode) in Fixed)
            tree.Put(path, TreeEntry.Text(text, mode));
        foreach ((string path, string target) in Links)
            tree.Put(path, TreeEntry.Link(target));

        // Whoever asks the network for names writes there at boot.
        bool manager = tree.Find("/usr/lib/systemd/systemd-resolved") is null && tree.Find("/usr/sbin/NetworkManager") is not null;
        tree.Put("/etc/resolv.conf", TreeEntry.Link(manager ? "../run/NetworkManager/resolv.conf" : "../run/systemd/resolve/stub-resolv.conf"));
    }

    /// <summary>Of one machine, on whatever disk: keys and identities that every copy of the image would share.</summary>
    public static void ForgetMachine(FileTree tree)
    {
        foreach (string pattern in (string[])["/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret", "/etc/ssh/ssh_host_*"])
            tree.RemoveMatches(pattern);
        tree.Put("/etc/machine-id", TreeEntry.Text("", ReadOnly));
    }

    /// <summary>Daemons expect their log folders, so those stay.</summary>
    private static void RemoveLogs(FileTree tree)
    {
        List<string> logs = [.. tree.Walk("/var/log").Where(i => !i.Entry.IsDirectory).Select(i => i.Path)];
        foreach (string log in logs)
            tree.Remove(log);
    }
}
