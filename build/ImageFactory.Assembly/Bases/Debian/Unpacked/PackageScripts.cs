using System.Text;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Does what the scripts of Debian's base packages would do after unpacking, as far as a pod VM needs it: they are programs for the other
/// machine and cannot run here. Nobody logs in, so PAM's configuration stays unwritten and refuses everybody.
/// </summary>
internal static class PackageScripts
{
    private const int Sticky = 0x3ff; // 1777

    public static void Apply(UnpackedPackages packages)
    {
        FileTree tree = packages.Tree;
        SystemUsers.Make(tree);
        Alternatives.Make(tree, packages.Scripts.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value));
        MakeFolders(tree);
        foreach ((string from, string to) in Copies)
        {
            if (tree.Find(from) is { } source && tree.FindSelf(to) is null)
                tree.Put(to, TreeEntry.File(source.Content));
        }

        MakeCertificates(tree);
    }

    /// <summary>base-files and libc-bin keep these below /usr/share and copy them once.</summary>
    private static readonly (string From, string To)[] Copies =
    [
        ("/usr/share/libc-bin/nsswitch.conf", "/etc/nsswitch.conf"),
        ("/usr/share/base-files/profile", "/etc/profile"),
        ("/usr/share/base-files/dot.profile", "/root/.profile"),
        ("/usr/share/base-files/dot.bashrc", "/root/.bashrc"),
    ];

    private static void MakeFolders(FileTree tree)
    {
        foreach (string folder in (string[])["/media", "/mnt", "/opt", "/srv", "/proc", "/sys", "/dev", "/run", "/var/lib/misc", "/var/opt", "/var/local", "/var/spool", "/var/mail", "/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share"])
        {
            if (tree.Find(folder) is null)
                tree.Put(folder, TreeEntry.Directory());
        }

        foreach (string folder in (string[])["/tmp", "/var/tmp"])
            tree.Put(folder, TreeEntry.Directory(Sticky));
        tree.Put("/root", TreeEntry.Directory(UnixMode.Private));
        foreach ((string path, string target) in ((string, string)[])[("/var/run", "/run"), ("/var/lock", "/run/lock"), ("/var/spool/mail", "../mail")])
        {
            if (tree.FindSelf(path) is null)
                tree.Put(path, TreeEntry.Link(target));
        }
    }

    /// <summary>What update-ca-certificates writes for programs that read one file with all trusted certificates.</summary>
    private static void MakeCertificates(FileTree tree)
    {
        const string Folder = "/usr/share/ca-certificates/mozilla";
        StringBuilder bundle = new();
        StringBuilder list = new();
        foreach (string file in tree.List(Folder).Where(f => f.EndsWith(".crt", StringComparison.Ordinal)))
        {
            bundle.Append((tree.ReadText($"{Folder}/{file}") ?? "").TrimEnd('\n')).Append('\n');
            list.Append("mozilla/").Append(file).Append('\n');
            tree.Put($"/etc/ssl/certs/{Path.ChangeExtension(file, ".pem")}", TreeEntry.Link($"{Folder}/{file}"));
        }

        if (bundle.Length == 0)
            return;
        tree.Put("/etc/ssl/certs/ca-certificates.crt", TreeEntry.Text(bundle.ToString()));
        tree.Put("/etc/ca-certificates.conf", TreeEntry.Text(list.ToString()));
    }
}
