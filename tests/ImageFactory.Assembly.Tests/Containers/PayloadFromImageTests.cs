using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

public sealed class PayloadFromImageTests : IAsyncLifetime
{
    private Warehouse warehouse = null!;

    public async ValueTask InitializeAsync() => warehouse = await Warehouse.OpenAsync();

    public ValueTask DisposeAsync() => warehouse.DisposeAsync();

    [Fact]
    public async Task Archives_are_unpacked_and_other_files_stay_where_they_are()
    {
        byte[] binaries = Warehouse.Gzip(new TarMaker().File("usr/local/bin/kata-agent", "agent", Convert.ToInt32("755", 8)).ToArray());
        byte[] pause = new TarMaker().File("pause_bundle/config.json", "{}").ToArray();
        warehouse.Push(
            new TarMaker().Entry('0', "podvm-binaries.tar.gz", binaries).File("etc/unwanted", "no"),
            new TarMaker().Entry('0', "pause-bundle.tar", pause).File("etc/kata/one.toml", "one").File("etc/kata/two.toml", "two"));

        FileTree tree = await warehouse.FetchPayloadAsync(["/podvm-binaries.tar.gz", "pause-bundle.tar", "/etc/kata"]);

        Assert.Equal(
            ["/etc", "/etc/kata", "/etc/kata/one.toml", "/etc/kata/two.toml", "/pause_bundle", "/pause_bundle/config.json", "/usr", "/usr/local", "/usr/local/bin", "/usr/local/bin/kata-agent"],
            tree.Walk().Select(i => i.Path).Where(p => p != "/").Order(StringComparer.Ordinal));
        Assert.Equal("agent", tree.ReadText("/usr/local/bin/kata-agent"));
        Assert.Equal(Convert.ToInt32("755", 8), tree.Find("/usr/local/bin/kata-agent")!.Mode);
    }

    [Fact]
    public async Task A_whole_image_is_what_its_layers_make_of_each_other()
    {
        warehouse.Push(
            new TarMaker().Folder("a/").File("a/kept", "1").File("a/gone", "1").Folder("b/").File("b/old", "1").File("c", "file").Folder("d/").File("d/x", "1").SymbolicLink("e", "a"),
            new TarMaker().File("a/.wh.gone", "").File("b/.wh..wh..opq", "").File("b/new", "2").Folder("c/").File("c/inside", "2").File("d", "file now").Folder("e/").File("e/own", "2"),
            new TarMaker().File("a/kept", "3"));

        FileTree tree = await warehouse.FetchPayloadAsync([]);

        Assert.Equal(
            ["/a", "/a/kept", "/b", "/b/new", "/c", "/c/inside", "/d", "/e", "/e/own"],
            tree.Walk().Select(i => i.Path).Where(p => p != "/").Order(StringComparer.Ordinal));
        Assert.Equal(("3", "file now", "2"), (tree.ReadText("/a/kept"), tree.ReadText("/d"), tree.ReadText("/e/own")));
    }

    [Fact]
    public async Task Content_goes_below_the_folder_that_is_named()
    {
        warehouse.Push(new TarMaker().File("etc/x", "x"));

        Assert.Equal("x", (await warehouse.FetchPayloadAsync(["/etc/x"], into: "/opt")).ReadText("/opt/etc/x"));
    }

    [Theory]
    [InlineData("../share/x", "usr/share/x")]
    [InlineData("/usr/share/x", "usr/share/x")]
    public async Task Links_on_the_way_are_followed_whatever_layer_they_lead_to(string target, string real)
    {
        warehouse.Push(new TarMaker().File(real, "found").File("usr/share/other", "no"), new TarMaker().SymbolicLink("usr/lib/x", target).SymbolicLink("lib", "usr/lib"));

        FileTree tree = await warehouse.FetchPayloadAsync(["/lib/x"]);

        Assert.Equal("found", tree.ReadText("/lib/x"));
        Assert.Null(tree.Find("/usr/share/other"));
    }

    [Fact]
    public async Task A_hard_link_brings_its_content_and_nothing_else()
    {
        warehouse.Push(new TarMaker().File("store/one", "content").HardLink("bin/tool", "store/one"));

        FileTree tree = await warehouse.FetchPayloadAsync(["/bin/tool"]);

        Assert.Equal("content", tree.ReadText("/bin/tool"));
        Assert.Null(tree.Find("/store/one"));
    }

    [Fact]
    public async Task All_paths_that_are_missing_are_told_at_once()
    {
        warehouse.Push(new TarMaker().File("podvm-binaries.tar", "x").SymbolicLink("loop", "loop"));

        IReadOnlyList<Fault> faults = await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync(["/podvm-binaries.tgz", "/loop", "/nothing"]));

        Assert.Equal(["IFO703", "IFO703", "IFO703"], faults.Select(f => f.Code));
    }

    [Fact]
    public async Task Owners_and_device_nodes_are_kept_only_when_they_are_wanted()
    {
        warehouse.Push(new TarMaker().File("x").Entry('3', "dev/null", []));

        Assert.Equal("IFA118", (await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync([]))).Single().Code);
        Assert.Equal(0u, (await warehouse.FetchPayloadAsync(["/x"])).Find("/x")!.Uid);
        FileTree kept = await warehouse.FetchPayloadAsync([], devices: true, owner: PayloadOwner.Keep);
        Assert.Equal(1000u, kept.Find("/x")!.Uid);
        Assert.Equal(TreeEntryType.CharacterDevice, kept.Find("/dev/null")!.Type);
    }

    [Fact]
    public async Task A_program_that_runs_with_its_owners_rights_is_warned_of()
    {
        warehouse.Push(new TarMaker().File("su", mode: Convert.ToInt32("4755", 8)));

        await warehouse.FetchPayloadAsync([]);

        Assert.Contains(warehouse.Said.Warnings, w => w.Code == "IFA123" && w.Message.Contains("su", StringComparison.Ordinal));
    }

    /// <summary>The member, and the code that names it. Nothing may appear outside of the stage's own folders.</summary>
    public static TheoryData<string, string> Hostile => new()
    {
        { "traversal", "IFA116" },
        { "hard link out", "IFA117" },
        { "hard link to nothing", "IFA117" },
        { "device", "IFA118" },
        { "sparse", "IFA114" },
        { "sparse in pax", "IFA114" },
        { "two names", "IFA113" },
        { "global header", "IFA113" },
        { "size in pax", "IFA111" },
        { "content of a folder", "IFA121" },
        { "unknown type", "IFA115" },
        { "bad checksum", "IFA112" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_layer_is_refused_and_named(string trick, string code)
    {
        TarMaker tar = new TarMaker().File("fine");
        _ = trick switch
        {
            "traversal" => tar.File("a/../../outside"),
            "hard link out" => tar.HardLink("x", "../../etc/passwd"),
            "hard link to nothing" => tar.HardLink("x", "/etc/passwd"),
            "device" => tar.Entry('4', "x", []),
            "sparse" => tar.Entry('S', "x", []),
            "sparse in pax" => tar.Pax(("GNU.sparse.realsize", "1099511627776")).File("x"),
            "two names" => tar.Pax(("path", "a"), ("path", "b")).File("x"),
            "global header" => tar.Pax('g', ("path", "a")).File("x"),
            "size in pax" => tar.Pax(("size", "1099511627")).File("x"),
            "content of a folder" => tar.Entry('5', "x", new byte[512]),
            "unknown type" => tar.Entry('Z', "x", []),
            _ => tar.Entry('0', "x", [], sizeField: [0xff]),
        };
        byte[] layer = tar.ToArray();
        if (trick == "bad checksum")
            layer[148] ^= 1;
        FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, Warehouse.Gzip(layer))], tags: "1");

        IReadOnlyList<Fault> faults = await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync([]));

        Assert.Equal(code, faults[0].Code);
        Assert.Contains($"{warehouse.Host}/x", faults[0].Where!, StringComparison.Ordinal);
        Assert.False(File.Exists("/tmp/outside"));
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../../../etc")]
    public async Task Writing_through_a_link_stays_inside(string target)
    {
        warehouse.Push(new TarMaker().SymbolicLink("way", target).Folder("etc/"), new TarMaker().File("way/canary-of-this-test", "x"));

        FileTree tree = await warehouse.FetchPayloadAsync([]);

        Assert.False(File.Exists("/etc/canary-of-this-test"));
        Assert.Equal("x", tree.ReadText("/etc/canary-of-this-test"));
    }

    [Fact]
    public async Task A_million_entries_are_one_too_many()
    {
        // One header over and over: the gzip of it is small, and so is the memory that refuses it.
        byte[] header = new TarMaker().Folder("x/").WithoutEnd();
        byte[] many = new byte[header.Length * 1_000_001];
        for (int i = 0; i < many.Length; i += header.Length)
            header.CopyTo(many, i);
        FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, Warehouse.Gzip(many))], tags: "1");

        Assert.Equal("IFO712", (await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync(["/wanted"]))).Single().Code);
        Assert.Equal("IFO712", (await warehouse.FaultsAsync(() => warehouse.FetchDiskAsync(null))).Single().Code);
    }

    [Fact]
    public async Task An_artifact_gives_its_archives()
    {
        FakeImage.PushArtifact(warehouse.Registry, "x", [("one.tar.gz", Warehouse.Gzip(new TarMaker().File("a", "1").ToArray())), ("two.tar", new TarMaker().File("a", "2").File("b").ToArray())], "1");

        Assert.Equal("2", (await warehouse.FetchPayloadAsync([])).ReadText("/a"));
        Assert.Equal("1", (await warehouse.FetchPayloadAsync(["one.tar.gz"])).ReadText("/a"));
        Assert.Equal("IFO703", (await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync(["three.tar"]))).Single().Code);
    }

    [Fact]
    public async Task The_same_image_gives_the_same_bytes()
    {
        warehouse.Push(new TarMaker().File("b").File("a/x").SymbolicLink("l", "b"), new TarMaker().File("a/y"));
        await warehouse.FetchPayloadAsync([]);
        string file = Directory.GetFiles(warehouse.Root, "000.tar", SearchOption.AllDirectories).Single();
        byte[] first = File.ReadAllBytes(file);

        await warehouse.FetchPayloadAsync([]);

        Assert.Equal(first, File.ReadAllBytes(file));
    }

    [Fact]
    public async Task Damaged_layers_end_in_a_fault_and_never_in_a_crash()
    {
        byte[] good = new TarMaker().File("a/x", new string('x', 700)).Pax(("path", "long/name")).File("y").HardLink("h", "a/x").SymbolicLink("l", "y").File("a/.wh.z", "").ToArray();
        Random random = new(7);
        for (int i = 0; i < 150; i++)
        {
            byte[] bad = [.. good];
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                int at = random.Next(bad.Length);
                bad[at] = (byte)random.Next(256);
                int header = at / 512 * 512;

                // A checksum that fits lets the damage through to what reads the fields.
                if (random.Next(2) == 0)
                    FixChecksum(bad.AsSpan(header, 512));
            }

            FakeImage.Push(warehouse.Registry, "x", [("application/vnd.oci.image.layer.v1.tar", bad)], tags: "1");
            try
            {
                await warehouse.FetchPayloadAsync([], devices: true);
            }
            catch (FactoryException e)
            {
                Assert.All(e.Faults, f => Assert.Contains(f.Code[..3], (string[])["IFA", "IFO"]));
            }
        }
    }

    private static void FixChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
            sum += value;
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }
}
