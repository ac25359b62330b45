using System.Globalization;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

public sealed class DiskFromImageTests : IAsyncLifetime
{
    private static readonly byte[] One = Warehouse.Disk("one");
    private static readonly byte[] Two = Warehouse.Disk("two");

    private Warehouse warehouse = null!;

    public async ValueTask InitializeAsync() => warehouse = await Warehouse.OpenAsync();

    public ValueTask DisposeAsync() => warehouse.DisposeAsync();

    [Fact]
    public async Task The_usual_path_needs_not_be_named()
    {
        warehouse.Push(new TarMaker().Folder("image/").Entry('0', "image/podvm.qcow2", One));

        Assert.Equal(One, await ReadAsync(null));
    }

    [Theory]
    [InlineData("/disk.raw")]
    [InlineData("disk.raw")]
    public async Task The_topmost_layer_wins(string path)
    {
        warehouse.Push(
            new TarMaker().Entry('0', "./disk.raw", One),
            new TarMaker().File("other"),
            new TarMaker().Entry('0', "disk.raw", Two),
            new TarMaker().File("etc/x"));

        Assert.Equal(Two, await ReadAsync(path));
    }

    [Fact]
    public async Task What_is_locked_is_taken_although_the_tag_moved_on()
    {
        warehouse.Push(new TarMaker().Entry('0', "disk.raw", One));
        PinnedImage first = await warehouse.ResolveAsync("x:1");
        warehouse.Push(new TarMaker().Entry('0', "disk.raw", Two));

        PinnedImage moved = await warehouse.ResolveAsync("x:1");
        PinnedImage locked = await warehouse.ResolveAsync("x:1", first.Digest);

        Assert.NotEqual(first.Digest, moved.Digest);
        Assert.Equal(first, locked);
    }

    [Fact]
    public async Task Only_as_many_layers_are_fetched_as_are_needed()
    {
        TarMaker below = new TarMaker().File("never/read", new string('x', 5000));
        warehouse.Push(below, new TarMaker().Entry('0', "disk.raw", One));

        Assert.Equal(One, await ReadAsync("/disk.raw"));
        Assert.DoesNotContain(warehouse.Registry.Requests, r => r.Contains(FakeRegistry.DigestOf(Warehouse.Gzip(below.ToArray())), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("image/.wh.podvm.qcow2")]
    [InlineData(".wh.image")]
    [InlineData("image/.wh..wh..opq")]
    [InlineData(".wh..wh..opq")]
    public async Task What_a_layer_took_away_is_not_there(string mark)
    {
        warehouse.Push(new TarMaker().Entry('0', "image/podvm.qcow2", One), new TarMaker().File(mark, ""));

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => ReadAsync(null)));

        Assert.Equal(("IFO703", ExitCode.MissingInput), (fault.Code, fault.ExitCode));
    }

    [Theory]
    [InlineData("image/.wh..wh..opq")]
    [InlineData("image/.wh.podvm.qcow2")]
    [InlineData("image/.wh.other")]
    [InlineData("image/.wh..wh.plnk")]
    public async Task A_mark_says_nothing_about_its_own_layer(string mark)
    {
        warehouse.Push(new TarMaker().Entry('0', "image/podvm.qcow2", One), new TarMaker().Entry('0', "image/podvm.qcow2", Two).File(mark, ""));

        Assert.Equal(Two, await ReadAsync(null));
    }

    [Theory]
    [InlineData("../disks/one.raw")]
    [InlineData("/disks/one.raw")]
    [InlineData("/../../disks/./one.raw")]
    public async Task A_link_is_followed_inside_the_image(string target)
    {
        warehouse.Push(new TarMaker().Entry('0', "disks/one.raw", One), new TarMaker().SymbolicLink("image/podvm.qcow2", target));

        Assert.Equal(One, await ReadAsync(null));
    }

    [Fact]
    public async Task A_folder_may_be_a_link_and_stop_being_one()
    {
        warehouse.Push(new TarMaker().Entry('0', "usr/image/podvm.qcow2", One).SymbolicLink("image", "usr/image"));
        Assert.Equal(One, await ReadAsync(null));

        warehouse.Push(
            new TarMaker().Entry('0', "usr/image/podvm.qcow2", One).SymbolicLink("image", "usr/image"),
            new TarMaker().Folder("image/").Entry('0', "image/note", Two));
        Assert.Equal("IFO703", (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Fact]
    public async Task A_hard_link_is_its_target()
    {
        warehouse.Push(new TarMaker().Entry('0', "a/one.raw", One).HardLink("image/podvm.qcow2", "a/one.raw"), new TarMaker().Entry('0', "a/one.raw", Two));

        Assert.Equal(One, await ReadAsync(null));
    }

    [Theory]
    [InlineData('2', "podvm.qcow2", "IFO705")]
    [InlineData('2', "/etc/passwd", "IFO703")]
    [InlineData('2', "../../../../etc/passwd", "IFO703")]
    [InlineData('1', "../../etc/passwd", "IFA117")]
    [InlineData('1', "/etc/passwd", "IFO703")]
    [InlineData('3', "", "IFO704")]
    [InlineData('5', "", "IFO704")]
    [InlineData('6', "", "IFO704")]
    public async Task What_is_no_file_is_told(char type, string link, string code)
    {
        warehouse.Push(new TarMaker().Entry(type, "image/podvm.qcow2", [], link: link));

        Assert.Equal(code, (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Fact]
    public async Task What_is_missing_is_told_with_the_disks_there_are()
    {
        warehouse.Push(new TarMaker().Entry('0', "disk/other.qcow2", One).File("readme"));

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => ReadAsync(null)));

        Assert.Contains("/disk/other.qcow2", fault.Hint!, StringComparison.Ordinal);
        Assert.DoesNotContain("readme", fault.Hint!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("image/../../outside")]
    public async Task A_name_that_leads_out_ends_the_work_wherever_it_stands(string name)
    {
        warehouse.Push(new TarMaker().Entry('0', "image/podvm.qcow2", One).File(name));

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => ReadAsync(null)));

        Assert.Equal("IFA116", fault.Code);
        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(warehouse.Root, "outside")));
    }

    [Fact]
    public async Task A_size_that_no_disk_has_is_refused_before_anything_is_written()
    {
        warehouse.Push(new TarMaker().Entry('0', "image/podvm.qcow2", [], size: (1L << 33) - 1, sizeField: Convert.FromHexString("800000000000010000000000")));

        Assert.Equal("IFO706", (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Theory]
    [InlineData("GNU.sparse.size", "1099511627776", "IFA114")]
    [InlineData("path", "../outside", "IFA116")]
    [InlineData("size", "-1", "IFA113")]
    public async Task A_trick_in_an_extended_header_is_refused(string key, string value, string code)
    {
        warehouse.Push(new TarMaker().Pax((key, value)).Entry('0', "image/podvm.qcow2", One));

        Assert.Equal(code, (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Fact]
    public async Task Zeros_take_no_space()
    {
        byte[] disk = new byte[64 << 20];
        One.CopyTo(disk, 0);
        warehouse.Push(new TarMaker().Entry('0', "image/podvm.qcow2", disk));

        string file = await warehouse.FetchDiskAsync(null);

        Assert.Equal(disk.Length, new FileInfo(file).Length);
        (_, string blocks, _) = Tool.Run(Tool.Need("stat"), "--format=%b", file);
        Assert.True(long.Parse(blocks, CultureInfo.InvariantCulture) * 512 < 1 << 20, $"{blocks} blocks");
    }

    [Fact]
    public async Task A_cut_archive_is_told()
    {
        byte[] tar = new TarMaker().Entry('0', "image/podvm.qcow2", One).ToArray();
        FakeImage.Push(warehouse.Registry, "x", [("application/vnd.oci.image.layer.v1.tar", tar[..3000])], tags: "1");

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => ReadAsync(null)));

        Assert.Equal("IFA111", fault.Code);
    }

    [Fact]
    public async Task Damaged_compression_is_told()
    {
        byte[] packed = Warehouse.Gzip(new TarMaker().Entry('0', "image/podvm.qcow2", One).ToArray());
        packed[packed.Length / 2] ^= 0xff;
        FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, packed)], tags: "1");

        Assert.Contains((await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code, (string[])["IFO701", "IFA111", "IFA112"]);
    }

    [Fact]
    public async Task Bytes_that_are_not_what_was_pushed_are_never_used()
    {
        byte[] good = Warehouse.Gzip(new TarMaker().Entry('0', "image/podvm.qcow2", One).ToArray());
        byte[] bad = Warehouse.Gzip(new TarMaker().Entry('0', "image/podvm.qcow2", Two).ToArray());
        Assert.Equal(good.Length, bad.Length);
        FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, good)], tags: "1");
        warehouse.Registry.ReplaceBlob("x", FakeRegistry.DigestOf(good), bad);

        Assert.Equal("IFO406", (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Theory]
    [InlineData("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")]
    [InlineData("text/html")]
    public async Task A_layer_of_another_kind_is_told(string type)
    {
        FakeImage.Push(warehouse.Registry, "x", [(type, [1, 2, 3])], tags: "1");

        Assert.Equal("IFO702", (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    [Theory]
    [InlineData("<html>not a disk</html>")]
    [InlineData("")]
    public async Task A_file_that_is_no_disk_is_refused(string text)
    {
        warehouse.Push(new TarMaker().File("image/podvm.qcow2", text));

        Assert.Contains((await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code, (string[])["IFO709", "IFI101", "IFI102"]);
    }

    [Fact]
    public async Task An_artifact_with_one_file_is_that_disk()
    {
        FakeImage.PushArtifact(warehouse.Registry, "x", [("podvm.raw", One)], "1");

        Assert.Equal(One, await ReadAsync(null));
        Assert.Equal(One, await ReadAsync("podvm.raw"));
        Assert.Equal("IFO703", (await warehouse.FaultsAsync(() => ReadAsync("podvm.qcow2"))).Single().Code);
    }

    [Fact]
    public async Task Of_an_artifact_with_several_files_one_must_be_named()
    {
        FakeImage.PushArtifact(warehouse.Registry, "x", [("a.raw", One), ("b.raw.gz", Warehouse.Gzip(Two))], "1");

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => ReadAsync(null)));
        Assert.Equal("IFO707", fault.Code);
        Assert.Contains("b.raw.gz", fault.Message, StringComparison.Ordinal);
        Assert.Equal(Two, await ReadAsync("/b.raw.gz"));
    }

    [Fact]
    public async Task Of_an_artifact_with_other_files_the_only_disk_is_taken()
    {
        FakeImage.PushArtifact(warehouse.Registry, "x", [("measurements.json", Two), ("podvm.raw", One)], "1");

        Assert.Equal(One, await ReadAsync(null));
    }

    [Fact]
    public async Task A_disk_is_found_in_an_archive_as_upstream_publishes_it()
    {
        string xz = Tool.Need("xz");
        using TemporaryFolder folder = new();
        folder.Write("podvm.tar", new TarMaker().File("README").Entry('0', "podvm.qcow2", One).ToArray());
        Assert.Equal(0, Tool.Run(xz, folder["podvm.tar"]).ExitCode);
        FakeImage.PushArtifact(warehouse.Registry, "x", [("podvm.tar.xz", File.ReadAllBytes(folder["podvm.tar.xz"]))], "1");

        Assert.Equal(One, await ReadAsync(null));
    }

    [Fact]
    public async Task Two_disks_in_one_archive_are_one_too_many()
    {
        FakeImage.PushArtifact(warehouse.Registry, "x", [("x.tar", new TarMaker().Entry('0', "a.raw", One).Entry('0', "b.raw", Two).ToArray())], "1");

        Assert.Equal("IFO708", (await warehouse.FaultsAsync(() => ReadAsync(null))).Single().Code);
    }

    private async Task<byte[]> ReadAsync(string? path) => await File.ReadAllBytesAsync(await warehouse.FetchDiskAsync(path), TestContext.Current.CancellationToken);
}
