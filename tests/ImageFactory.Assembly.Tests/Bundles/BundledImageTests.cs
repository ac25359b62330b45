using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Carrying;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Bundles;

/// <summary>Images that are packed from a registry, and taken out of the bundle when that registry is gone.</summary>
public sealed class BundledImageTests : IAsyncLifetime
{
    private const string S390x = "s390x";

    private static readonly byte[] Disk = Warehouse.Disk("the disk");

    private Warehouse warehouse = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Bundle => warehouse["b.tar"];

    public async ValueTask InitializeAsync() => warehouse = await Warehouse.OpenAsync();

    public ValueTask DisposeAsync() => warehouse.DisposeAsync();

    [Theory]
    [InlineData(Architecture.X64)]
    [InlineData(Architecture.S390x)]
    public async Task A_disk_in_an_image_for_several_machines_is_the_same(Architecture architecture)
    {
        string name = "x@" + PushForBoth();
        byte[] online = await File.ReadAllBytesAsync(await warehouse.FetchDiskAsync(null, name, architecture), Cancellation);
        string pinned = await ReadPinAsync();
        BundleIndex index = await PackAsync([name], architecture);
        await StopAsync();

        byte[] offline = await File.ReadAllBytesAsync(await warehouse.FetchDiskAsync(null, name, architecture), Cancellation);

        Assert.Equal(architecture == Architecture.X64 ? Disk : Warehouse.Disk(S390x), online);
        Assert.Equal(online, offline);
        Assert.Equal(pinned, await ReadPinAsync());

        // The index, the manifest for the machine, its configuration, and its layers; nothing of the other machine.
        Assert.Equal(architecture == Architecture.X64 ? 5 : 4, index.Content.Count);
        Assert.Equal(2, index.Images.Count);
    }

    [Theory]
    [InlineData("podvm.raw", false)]
    [InlineData("podvm.raw.gz", true)]
    public async Task A_disk_in_an_artifact_is_the_same(string title, bool packed)
    {
        string name = "x@" + FakeImage.PushArtifact(warehouse.Registry, "x", [(title, packed ? Warehouse.Gzip(Disk) : Disk), ("measurements.json", "{}"u8.ToArray())], "1");
        await PackAsync([name]);
        await StopAsync();

        Assert.Equal(Disk, await File.ReadAllBytesAsync(await warehouse.FetchDiskAsync(title, name), Cancellation));
    }

    [Fact]
    public async Task A_payload_is_the_same()
    {
        TarMaker[] layers = [new TarMaker().File("a/one", "1").File("a/gone"), new TarMaker().File("a/.wh.gone", "").SymbolicLink("link", "a/one")];
        string name = "x@" + FakeImage.Push(warehouse.Registry, "x", layers.Select(l => (FakeImage.Layer, Warehouse.Gzip(l.ToArray()))), tags: "1");
        Sha256 online = await TreeDigest.OfAsync(await warehouse.FetchPayloadAsync([], name), Cancellation);
        await PackAsync([name]);
        await StopAsync();

        FileTree offline = await warehouse.FetchPayloadAsync([], name);

        Assert.Equal("1", offline.ReadText("/a/one"));
        Assert.Equal(online, await TreeDigest.OfAsync(offline, Cancellation));
    }

    [Fact]
    public async Task The_same_images_give_the_same_bundle_in_whatever_order_they_are_added()
    {
        string one = "x@" + PushForBoth();
        string two = "y@" + PushArtifact("y");
        await PackAsync([one, two]);
        byte[] first = await File.ReadAllBytesAsync(Bundle, Cancellation);

        await PackAsync([two, one]);

        Assert.Equal(first, await File.ReadAllBytesAsync(Bundle, Cancellation));
    }

    [Fact]
    public async Task What_the_bundle_does_not_hold_is_told_and_nobody_is_asked()
    {
        string name = "x@" + PushForBoth();
        string other = "y@" + PushArtifact("y");
        await PackAsync([name]);
        warehouse.Registry.Requests.Clear();
        await UseBundleAsync();

        foreach (string wanted in new[] { other, "x:1", "y" + name[1..] })
        {
            Fault fault = Assert.Single(await warehouse.FaultsAsync(() => warehouse.FetchDiskAsync(null, wanted)));
            Assert.Equal("IFO304", fault.Code);
            Assert.Contains("the bundle does not hold it", fault.Detail!, StringComparison.Ordinal);
        }

        Assert.Empty(warehouse.Registry.Requests);
    }

    [Fact]
    public async Task Every_damage_to_what_it_holds_is_found_when_it_is_opened()
    {
        BundleIndex index = await PackAsync(["x@" + PushForBoth()]);
        IReadOnlyList<(long Offset, long Length)> places = [.. (await ReadAsync()).Reader.Contents.Values];
        byte[] whole = await File.ReadAllBytesAsync(Bundle, Cancellation);

        Assert.Equal(index.Content.Count, places.Count);
        foreach ((long offset, long length) in places)
        {
            byte[] damaged = [.. whole];
            damaged[offset + (length / 2)] ^= 1;
            await File.WriteAllBytesAsync(Bundle, damaged, Cancellation);

            Assert.Equal("IFA428", (await Assert.ThrowsAsync<FactoryException>(ReadAsync)).Faults[0].Code);
        }
    }

    [Fact]
    public async Task Damage_that_comes_after_it_was_opened_is_found_when_it_is_used()
    {
        string name = "x@" + PushArtifact("x");
        await PackAsync([name]);
        await UseBundleAsync();
        (long offset, _) = (await ReadAsync()).Reader.Contents.Values.Single(p => p.Length == Disk.Length);
        await using (FileStream file = new(Bundle, FileMode.Open))
        {
            file.Position = offset + 2000;
            file.WriteByte(0xff);
        }

        Assert.Equal("IFO406", (await warehouse.FaultsAsync(() => warehouse.FetchDiskAsync(null, name))).Single().Code);
    }

    [Fact]
    public async Task A_registry_that_gives_other_bytes_spoils_no_bundle()
    {
        string name = "x@" + PushArtifact("x");
        warehouse.Registry.ReplaceBlob("x", FakeRegistry.DigestOf(Disk), Warehouse.Disk("another"));

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => PackAsync([name]));

        Assert.Equal("IFO406", e.Faults.Single().Code);
    }

    private string PushArtifact(string repository) => FakeImage.PushArtifact(warehouse.Registry, repository, [("podvm.raw", Disk)], "1");

    private string PushForBoth() => FakeImage.PushIndex(
        warehouse.Registry,
        "x",
        [
            (FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, Warehouse.Gzip(new TarMaker().File("etc/x").ToArray())), (FakeImage.Layer, LayerWith(Disk))]), "amd64"),
            (FakeImage.Push(warehouse.Registry, "x", [(FakeImage.Layer, LayerWith(Warehouse.Disk(S390x)))], S390x), S390x),
        ],
        "1");

    private static byte[] LayerWith(byte[] disk) => Warehouse.Gzip(new TarMaker().Entry('0', "image/podvm.qcow2", disk).ToArray());

    private Task<string> ReadPinAsync() => File.ReadAllTextAsync(Path.Combine(warehouse.Root, "resolve-base", "output", PinnedImage.FileName), Cancellation);

    private async Task<BundleIndex> PackAsync(IEnumerable<string> names, Architecture architecture = Architecture.X64)
    {
        string recipe = warehouse.Write("recipe.yaml", "name: my\n");
        BundleWriter writer = new("1", 1_750_000_000);
        writer.AddFile(recipe, "recipe.yaml");
        using RegistryClient client = warehouse.Access.Open();
        foreach (string name in names)
            writer.AddImage(await ImageCollector.CollectAsync(client, warehouse.Image(name), architecture, whole: true, Cancellation));
        await using (FileStream file = File.Create(Bundle))
            await writer.WriteAsync(recipe, file, Cancellation);
        return (await ReadAsync()).Index;
    }

    /// <summary>From now on stages take from the bundle.</summary>
    private async Task UseBundleAsync()
    {
        (BundleIndex index, BundleReader reader) = await ReadAsync();
        warehouse.Carried = new BundleContents(Bundle, index, reader.Contents).Images;
    }

    private async Task StopAsync()
    {
        await UseBundleAsync();
        await warehouse.Registry.DisposeAsync();
    }

    private async Task<(BundleIndex Index, BundleReader Reader)> ReadAsync()
    {
        if (Directory.Exists(warehouse["unpacked"]))
            Directory.Delete(warehouse["unpacked"], recursive: true);
        BundleReader reader = new("b.tar", Directory.CreateDirectory(warehouse["unpacked"]), Directory.CreateDirectory(warehouse["cache"]));
        await using FileStream file = File.OpenRead(Bundle);
        return (await reader.ReadAsync(file, Cancellation), reader);
    }
}
