using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.SystemSetup;

/// <summary>What systemctl makes of the same unit files is what we make.</summary>
[Trait("needs", "systemctl")]
public sealed class UnitWitnessTests : IDisposable
{
    private const string Vendor = "usr/lib/systemd/system";
    private const string Administrator = "etc/systemd/system";

    private static readonly Dictionary<string, string> Units = new()
    {
        [$"{Vendor}/plain.service"] = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
        [$"{Vendor}/several.service"] = "[Install]\nWantedBy=multi-user.target graphical.target\nRequiredBy=other.service\nWantedBy=sysinit.target\n",
        [$"{Vendor}/reset.service"] = "[Install]\nWantedBy=graphical.target\nWantedBy=\nWantedBy=multi-user.target\n",
        [$"{Vendor}/aliased.service"] = "[Install]\nWantedBy=multi-user.target\nAlias=dbus-org.example.Aliased.service another.service\n",
        [$"{Vendor}/with-socket.service"] = "[Install]\nWantedBy=multi-user.target\nAlso=with-socket.socket\n",
        [$"{Vendor}/with-socket.socket"] = "[Install]\nWantedBy=sockets.target\nAlso=with-socket.service\n",
        [$"{Vendor}/only-also.service"] = "[Install]\nAlso=plain.service\n",
        [$"{Vendor}/default@.service"] = "[Install]\nWantedBy=multi-user.target\nDefaultInstance=main\n",
        [$"{Vendor}/tty@.service"] = "[Install]\nWantedBy=getty.target\nAlias=autotty@.service\n",
        [$"{Vendor}/specifiers@.service"] = "[Install]\nWantedBy=%i.target %p-group.target %j.target\nRequiredBy=%N.target\n",
        [$"{Vendor}/commented.service"] = "[Install]\n# WantedBy=no.target\n; WantedBy=no.target\nWantedBy=one.target \\\n  # between\n  two.target\n",
        [$"{Vendor}/dropped.service"] = "[Service]\nExecStart=/bin/true\n",
        [$"{Administrator}/dropped.service.d/10-install.conf"] = "[Install]\nWantedBy=multi-user.target\n",
        [$"{Vendor}/a-timer.timer"] = "[Install]\nWantedBy=timers.target\n",
        [$"{Administrator}/own.service"] = "[Install]\nWantedBy=multi-user.target\nAlias=mine.service\n",
        [$"{Vendor}/escaped\\x2dname.mount"] = "[Mount]\nWhat=x\nWhere=/escaped-name\n[Install]\nWantedBy=local-fs.target\n",
    };

    private static readonly Dictionary<string, string> Links = new()
    {
        [$"{Vendor}/old-name.service"] = "plain.service",
        [$"{Administrator}/admin-name.service"] = "/usr/lib/systemd/system/plain.service",
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("plain.service")]
    [InlineData("several.service")]
    [InlineData("reset.service")]
    [InlineData("aliased.service")]
    [InlineData("with-socket.service")]
    [InlineData("with-socket.socket")]
    [InlineData("only-also.service")]
    [InlineData("default@.service")]
    [InlineData("default@second.service")]
    [InlineData("tty@tty1.service")]
    [InlineData("specifiers@some-thing.service")]
    [InlineData("commented.service")]
    [InlineData("dropped.service")]
    [InlineData("a-timer.timer")]
    [InlineData("own.service")]
    [InlineData("old-name.service")]
    [InlineData("escaped\\x2dname.mount")]
    [InlineData("plain.service several.service aliased.service default@a.service default@b.service")]
    public void Enabling_makes_the_same_links(string names)
    {
        FileTree tree = MakeBoth();

        foreach (string name in names.Split(' '))
        {
            Systemctl("enable", name);
            Assert.Empty(new UnitLinks(tree).Enable(name));
        }

        Assert.Equal(LinksOnDisk(), LinksIn(tree));
    }

    [Theory]
    [InlineData("plain.service", "plain.service")]
    [InlineData("several.service plain.service", "several.service")]
    [InlineData("aliased.service", "aliased.service")]
    [InlineData("with-socket.service", "with-socket.socket")]
    [InlineData("only-also.service", "only-also.service")]
    [InlineData("default@.service default@b.service", "default@b.service")]
    [InlineData("default@a.service default@b.service plain.service", "default@.service")]
    [InlineData("tty@tty1.service", "tty@tty1.service")]
    [InlineData("own.service", "own.service")]
    [InlineData("plain.service", "several.service")]
    public void Disabling_removes_the_same_links(string enabled, string disabled)
    {
        FileTree tree = MakeBoth();
        foreach (string name in enabled.Split(' '))
        {
            Systemctl("enable", name);
            new UnitLinks(tree).Enable(name);
        }

        Systemctl("disable", disabled);
        new UnitLinks(tree).Disable(disabled);

        Assert.Equal(LinksOnDisk(), LinksIn(tree));
    }

    [Theory]
    [InlineData("plain.service")]
    [InlineData("tty@.service")]
    [InlineData("tty@tty1.service")]
    [InlineData("not-there.service")]
    public void Masking_makes_the_same_link(string name)
    {
        FileTree tree = MakeBoth();

        Systemctl("mask", name);
        IReadOnlyList<Fault> faults = new UnitLinks(tree).Mask(name);

        Assert.DoesNotContain(faults, f => f.Severity == Severity.Error);
        Assert.Equal(LinksOnDisk(), LinksIn(tree));
    }

    private static FileTree MakeTree()
    {
        FileTree tree = new();
        foreach ((string path, string text) in Units)
            tree.Put(path, TreeEntry.Text(text));
        foreach ((string path, string target) in Links)
            tree.Put(path, TreeEntry.Link(target));
        return tree;
    }

    private FileTree MakeBoth()
    {
        Tool.Need("systemctl");
        foreach ((string path, string text) in Units)
            folder.Write(path, text);
        foreach ((string path, string target) in Links)
            File.CreateSymbolicLink(folder[path], target);
        return MakeTree();
    }

    private void Systemctl(string verb, string name)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("systemctl"), $"--root={folder.Path}", verb, "--", name);
        Assert.True(exitCode == 0, $"systemctl {verb} {name}: {output}{errors}");
    }

    private string[] LinksOnDisk() =>
        [.. Directory.EnumerateFileSystemEntries(folder[Administrator], "*", SearchOption.AllDirectories)
            .Where(p => new FileInfo(p).LinkTarget is not null)
            .Select(p => $"/{Path.GetRelativePath(folder.Path, p)} -> {new FileInfo(p).LinkTarget}")
            .Order(StringComparer.Ordinal)];

    private static string[] LinksIn(FileTree tree) =>
        [.. tree.Walk("/" + Administrator).Where(i => i.Entry.Target is not null).Select(i => $"{i.Path} -> {i.Entry.Target}").Order(StringComparer.Ordinal)];
}
