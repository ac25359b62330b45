using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Bases.Disks;

public sealed class TreeDeltaTests
{
    [Fact]
    public void Only_what_differs_is_written_with_the_folders_above_it_as_they_are()
    {
        FileTree before = Tree();
        FileTree after = Tree();
        after.Put("/etc/motd", TreeEntry.Text("other"));
        after.Put("/usr/share/new/file", TreeEntry.Text("x"));
        after.Change("/etc/labelled", e => e with { Xattrs = new Dictionary<string, byte[]> { ["security.selinux"] = [2] } });
        after.Change("/etc/late", e => e with { ModifiedAt = 99 });

        TreeDelta delta = TreeDelta.Between(before, after, CancellationToken.None);

        Assert.Equal(["/", "/etc", "/etc/labelled", "/etc/motd", "/usr", "/usr/share", "/usr/share/new", "/usr/share/new/file"], delta.Changed.Walk().Select(i => i.Path));
        Assert.Equal(Convert.ToInt32("700", 8), delta.Changed.Find("/etc")!.Mode);
        Assert.Empty(delta.Removed);
    }

    [Fact]
    public void Of_what_is_gone_the_outermost_is_named_and_a_change_of_type_removes_first()
    {
        FileTree before = Tree();
        FileTree after = Tree();
        after.Remove("/var");
        after.Remove("/etc/motd");
        after.Put("/etc/motd", TreeEntry.Link("late"));

        TreeDelta delta = TreeDelta.Between(before, after, CancellationToken.None);

        Assert.Equal(["/etc/motd", "/var"], delta.Removed);
        Assert.Equal("late", delta.Changed.FindSelf("/etc/motd")!.Target);
    }

    [Fact]
    public void The_same_tree_is_no_difference() => Assert.True(TreeDelta.Between(Tree(), Tree(), CancellationToken.None).IsEmpty);

    private static FileTree Tree()
    {
        FileTree tree = new();
        tree.Put("/etc", TreeEntry.Directory(Convert.ToInt32("700", 8)));
        tree.Put("/etc/motd", TreeEntry.Text("hello"));
        tree.Put("/etc/late", TreeEntry.Text("x"));
        tree.Put("/etc/labelled", TreeEntry.Text("x") with { Xattrs = new Dictionary<string, byte[]> { ["security.selinux"] = [1] } });
        tree.Put("/usr/share/doc", TreeEntry.Text("x"));
        tree.Put("/var/lib/a", TreeEntry.Text("x"));
        tree.Put("/var/lib/b", TreeEntry.Text("x"));
        return tree;
    }
}
