using System.Text;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Tree;

public sealed class FileTreeTests
{
    [Fact]
    public void Parents_come_before_children_and_names_are_sorted()
    {
        FileTree tree = new();
        foreach (string path in (string[])["/usr/lib/b", "/usr/bin-x", "/usr/bin/z", "/usr/bin/a", "/etc/x"])
            tree.Put(path, TreeEntry.Text(path));

        Assert.Equal(
            ["/", "/etc", "/etc/x", "/usr", "/usr/bin", "/usr/bin/a", "/usr/bin/z", "/usr/bin-x", "/usr/lib", "/usr/lib/b"],
            tree.Walk().Select(i => i.Path));
        Assert.Equal(9, tree.Count);
    }

    [Theory]
    [InlineData("/bin/sh", "/usr/bin/sh")]
    [InlineData("bin/../bin/sh", "/usr/bin/sh")]
    [InlineData("/abs/sh", "/usr/bin/sh")]
    [InlineData("/out/usr/bin/sh", "/usr/bin/sh")]
    [InlineData("/../../usr/bin/sh", "/usr/bin/sh")]
    [InlineData("/chain/sh", "/usr/bin/sh")]
    [InlineData("/usr/bin/link", "/usr/bin/sh")]
    [InlineData("/circle/x", null)]
    [InlineData("/nowhere/x", null)]
    [InlineData("/usr/bin/sh/x", null)]
    public void A_path_is_followed_as_after_chroot(string path, string? expected)
    {
        FileTree tree = WithLinks();

        Assert.Equal(expected, tree.Resolve(path));
    }

    [Theory]
    [InlineData("/bin/new", "/usr/bin/new")]
    [InlineData("/out/etc/new", "/etc/new")]
    [InlineData("/nowhere/deep/new", "/not/there/deep/new")]
    public void What_is_put_behind_a_link_lands_inside(string path, string expected)
    {
        FileTree tree = WithLinks();

        tree.Put(path, TreeEntry.Text("x"));

        Assert.Contains(expected, tree.Walk().Select(i => i.Path));
    }

    [Fact]
    public void A_link_in_the_last_place_is_replaced_not_written_through()
    {
        FileTree tree = WithLinks();

        tree.Put("/usr/bin/link", TreeEntry.Text("mine"));

        Assert.Equal("mine", tree.ReadText("/usr/bin/link"));
        Assert.Equal("#!", tree.ReadText("/usr/bin/sh"));
    }

    [Theory]
    [InlineData("/usr/bin", "IFA101")]
    [InlineData("/", "IFA101")]
    [InlineData("/usr/bin/sh/x", "IFA103")]
    [InlineData("/circle/x", "IFA104")]
    public void A_file_never_takes_the_place_of_a_folder_or_goes_below_a_file(string path, string code)
    {
        FileTree tree = WithLinks();

        FactoryException refused = Assert.Throws<FactoryException>(() => tree.Put(path, TreeEntry.Text("x")));

        Assert.Equal(code, Assert.Single(refused.Faults).Code);
    }

    [Theory]
    [InlineData("/usr/bin/sh")]
    [InlineData("/nowhere")]
    public void A_folder_never_takes_the_place_of_a_file(string path)
    {
        FileTree tree = WithLinks();

        FactoryException refused = Assert.Throws<FactoryException>(() => tree.Put(path, TreeEntry.Directory()));

        Assert.Equal("IFA102", Assert.Single(refused.Faults).Code);
    }

    [Fact]
    public void The_second_name_of_a_file_outlives_the_first()
    {
        FileTree tree = new();
        tree.Put("/a", TreeEntry.Text("same"));
        tree.AddName("/b", "/a");
        tree.AddName("/c", "/b");

        Assert.Equal([null, null, "/a", "/a"], tree.Walk().Select(i => i.FirstName));
        tree.Remove("/a");

        Assert.Equal([null, null, "/b"], tree.Walk().Select(i => i.FirstName));
        Assert.Equal("same", tree.ReadText("/b"));
    }

    [Fact]
    public void A_change_is_seen_under_all_names()
    {
        FileTree tree = new();
        tree.Put("/a", TreeEntry.Text("same"));
        tree.AddName("/b", "/a");

        tree.Change("/b", e => e with { Mode = UnixMode.Secret });

        Assert.Equal(UnixMode.Secret, tree.Find("/a")!.Mode);
    }

    [Theory]
    [InlineData("/var/cache/**", "/,/keep.pyc,/usr,/usr/a.pyc,/usr/lib,/usr/lib/b.pyc,/usr/lib/c.py,/var,/var/cache")]
    [InlineData("/var/cache/*", "/,/keep.pyc,/usr,/usr/a.pyc,/usr/lib,/usr/lib/b.pyc,/usr/lib/c.py,/var,/var/cache")]
    [InlineData("**/*.pyc", "/,/usr,/usr/lib,/usr/lib/c.py,/var,/var/cache,/var/cache/x,/var/cache/x/y")]
    [InlineData("/usr/**/?.pyc", "/,/keep.pyc,/usr,/usr/lib,/usr/lib/c.py,/var,/var/cache,/var/cache/x,/var/cache/x/y")]
    [InlineData("/usr", "/,/keep.pyc,/var,/var/cache,/var/cache/x,/var/cache/x/y")]
    [InlineData("/none/*", "/,/keep.pyc,/usr,/usr/a.pyc,/usr/lib,/usr/lib/b.pyc,/usr/lib/c.py,/var,/var/cache,/var/cache/x,/var/cache/x/y")]
    public void What_matches_is_removed_with_all_below(string pattern, string left)
    {
        FileTree tree = new();
        foreach (string path in (string[])["/var/cache/x/y", "/usr/lib/b.pyc", "/usr/lib/c.py", "/usr/a.pyc", "/keep.pyc"])
            tree.Put(path, TreeEntry.Text(path));

        tree.RemoveMatches(pattern);

        Assert.Equal(left, string.Join(',', tree.Walk().Select(i => i.Path)));
        Assert.Equal(left.Split(',').Length - 1, tree.Count);
    }

    [Fact]
    public void A_layer_goes_where_the_links_of_the_image_lead()
    {
        FileTree image = WithLinks();
        FileTree layer = new();
        layer.Put("/bin/agent", TreeEntry.Text("new", UnixMode.Executable));
        layer.Put("/usr/bin/sh", TreeEntry.Text("replaced"));
        layer.AddName("/bin/agent2", "/bin/agent");

        IReadOnlyList<Fault> faults = image.Merge(layer);

        Assert.Empty(faults);
        Assert.Equal("usr/bin", image.FindSelf("/bin")!.Target);
        Assert.Equal("replaced", image.ReadText("/usr/bin/sh"));
        Assert.Equal("/usr/bin/agent", image.Walk().Single(i => i.Path == "/usr/bin/agent2").FirstName);
    }

    [Fact]
    public void A_described_folder_changes_the_one_below_and_an_implied_one_does_not()
    {
        FileTree image = new();
        image.Put("/a/x", TreeEntry.Text("x"));
        image.Put("/b/x", TreeEntry.Text("x"));
        FileTree layer = new();
        layer.Put("/a", TreeEntry.Directory(UnixMode.Private));
        layer.Put("/b", TreeEntry.Directory(UnixMode.Private) with { Implied = true });

        image.Merge(layer);

        Assert.Equal(UnixMode.Private, image.Find("/a")!.Mode);
        Assert.Equal(UnixMode.Executable, image.Find("/b")!.Mode);
    }

    [Fact]
    public void All_collisions_of_a_merge_are_told_and_the_rest_is_merged()
    {
        FileTree image = WithLinks();
        FileTree layer = new();
        layer.Put("/usr", TreeEntry.Text("a file"));
        layer.Put("/usr2", TreeEntry.Text("fine"));
        layer.Put("/etc/deep/x", TreeEntry.Text("fine"));
        image.Put("/etc/deep", TreeEntry.Text("in the way"));

        IReadOnlyList<Fault> faults = image.Merge(layer);

        Assert.Equal(["IFA102", "IFA103", "IFA101"], faults.Select(f => f.Code));
        Assert.NotNull(image.Find("/usr2"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_merge_keeps_all_of_both_but_what_it_names(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 500; round++)
        {
            FileTree lower = RandomTree(random, links: false);
            FileTree upper = RandomTree(random, links: false);
            FileTree merged = new();
            merged.Merge(lower);
            Assert.Equal(Shape(lower), Shape(merged));

            IReadOnlyList<Fault> faults = merged.Merge(upper);

            HashSet<string> refused = [.. faults.Select(f => f.Where!)];
            Assert.All(
                upper.Walk().Where(i => !i.Entry.IsDirectory && !refused.Contains(i.Path)),
                i => Assert.Same(i.Entry, merged.FindSelf(i.Path)));
            Assert.All(
                lower.Walk().Where(i => !i.Entry.IsDirectory && (upper.FindSelf(i.Path) is null || refused.Contains(i.Path))),
                i => Assert.Same(i.Entry, merged.FindSelf(i.Path)));
            Assert.Equal(merged.Count, merged.Walk().Count() - 1);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Any_tree_with_links_merged_into_an_empty_one_is_the_same(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 500; round++)
        {
            FileTree tree = RandomTree(random, links: true);
            FileTree merged = new();

            Assert.Empty(merged.Merge(tree));

            Assert.Equal(Shape(tree), Shape(merged));
        }
    }

    private static FileTree RandomTree(Random random, bool links)
    {
        FileTree tree = new();
        for (int i = 0; i < 12; i++)
            PutQuietly(random, tree, links);
        return tree;
    }

    private static void PutQuietly(Random random, FileTree tree, bool links)
    {
        string[] names = ["a", "b", "c"];
        string path = "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => names[random.Next(3)]));
        TreeEntry entry = random.Next(4) switch
        {
            0 => TreeEntry.Directory(),
            1 when links => TreeEntry.Link(random.Next(2) == 0 ? "/" + names[random.Next(3)] : "../" + names[random.Next(3)]),
            _ => TreeEntry.Text(random.Next(100).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        };
        try
        {
            tree.Put(path, entry);
        }
        catch (FactoryException)
        {
            // Refused: the tree stays as it was.
        }
    }

    private static string Shape(FileTree tree)
    {
        StringBuilder shape = new();
        foreach (TreeItem item in tree.Walk())
        {
            string text = item.Entry.Content is InlineContent inline ? Encoding.UTF8.GetString(inline.Bytes.Span) : "";
            shape.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{item.Path} {item.Entry.Type} {item.Entry.Target} {text} {item.FirstName}");
        }

        return shape.ToString();
    }

    private static FileTree WithLinks()
    {
        FileTree tree = new();
        tree.Put("/usr/bin/sh", TreeEntry.Text("#!"));
        tree.Put("/usr/bin/link", TreeEntry.Link("sh"));
        tree.Put("/etc/hosts", TreeEntry.Text(""));
        tree.Put("/bin", TreeEntry.Link("usr/bin"));
        tree.Put("/abs", TreeEntry.Link("/usr/bin"));
        tree.Put("/out", TreeEntry.Link("../../.."));
        tree.Put("/chain", TreeEntry.Link("abs"));
        tree.Put("/circle", TreeEntry.Link("/circle"));
        tree.Put("/nowhere", TreeEntry.Link("/not/there"));
        return tree;
    }
}
