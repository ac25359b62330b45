using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Bases;

public sealed class DpkgDatabaseTests
{
    [Fact]
    public void A_package_goes_with_its_files_and_records_and_leaves_what_others_own()
    {
        FileTree tree = new();
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text("Package: keep\nStatus: install ok installed\nDescription: x\n more\n\nPackage: gone\nStatus: install ok installed\n\n"));
        tree.Put("/var/lib/dpkg/info/format", TreeEntry.Text("1\n"));
        tree.Put("/var/lib/dpkg/info/keep:amd64.list", TreeEntry.Text("/.\n/usr\n/usr/bin\n/usr/bin/kept\n/usr/share\n/usr/share/both\n"));
        tree.Put("/var/lib/dpkg/info/gone.list", TreeEntry.Text("/.\n/usr\n/usr/bin\n/usr/bin/gone\n/usr/lib\n/usr/lib/gone\n/usr/lib/gone/a\n/usr/share\n/usr/share/both\n"));
        tree.Put("/var/lib/dpkg/info/gone.md5sums", TreeEntry.Text("x\n"));
        foreach (string file in (string[])["/usr/bin/kept", "/usr/bin/gone", "/usr/lib/gone/a", "/usr/share/both/x"])
            tree.Put(file, TreeEntry.Text(file));

        DpkgDatabase.Remove(tree, ["gone"]);

        Assert.Equal("Package: keep\nStatus: install ok installed\nDescription: x\n more\n\n", tree.ReadText("/var/lib/dpkg/status"));
        Assert.Equal(["format", "keep:amd64.list"], tree.List("/var/lib/dpkg/info"));
        Assert.NotNull(tree.Find("/usr/bin/kept"));
        Assert.NotNull(tree.Find("/usr/share/both/x"));
        Assert.Null(tree.Find("/usr/bin/gone"));
        Assert.Null(tree.Find("/usr/lib/gone"));
    }
}
