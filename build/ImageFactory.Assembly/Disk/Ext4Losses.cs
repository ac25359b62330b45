using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Disk;

/// <summary>What an ext4 root cannot have: of extended attributes mke2fs takes only capabilities out of an archive (e2fsprogs 1.47, misc/create_inode_libarchive.c).</summary>
internal static class Ext4Losses
{
    private const string Capability = "security.capability";
    private const string Label = "security.selinux";
    private const int Shown = 3;

    /// <summary>An error where SELinux would find no labels, since such a system does not come up; else a warning. Null when nothing is lost.</summary>
    public static Fault? Of(FileTree tree)
    {
        (string Path, string Name)[] lost =
            [.. from item in tree.Walk() from name in item.Entry.Xattrs.Keys where name != Capability orderby item.Path, name select (item.Path, name)];
        if (lost.Length == 0)
            return null;
        string some = string.Join('\n', lost.Take(Shown).Select(l => $"{l.Path}  {l.Name}"));
        return new Fault("IFA352", ExitCode.Configuration, $"an ext4 root loses extended attributes of its files, {lost.Length} in all: mke2fs takes only capabilities over")
        {
            Severity = lost.Any(l => l.Name == Label) ? Severity.Error : Severity.Warning,
            Detail = lost.Length > Shown ? some + "\n…" : some,
            Hint = "'disk.root: erofs', the default, keeps labels of SELinux, access lists and all others",
        };
    }
}
