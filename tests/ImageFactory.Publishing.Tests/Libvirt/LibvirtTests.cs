using ImageFactory.Images.Tests;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Libvirt;

[Collection("libvirt")]
[Trait("needs", "libvirtd")]
public sealed class LibvirtContractTests(LibvirtDaemon daemon) : PublisherContract
{
    protected override async Task<IPlace> StartAsync() => await LibvirtBench.StartAsync(daemon);
}

[Collection("libvirt")]
[Trait("needs", "libvirtd")]
public sealed class LibvirtNamedVolumeContractTests(LibvirtDaemon daemon) : PublisherContract
{
    protected override async Task<IPlace> StartAsync()
    {
        LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        bench.Asked = bench.Asked with { Volume = "podvm" };
        return bench;
    }
}

[Collection("libvirt")]
[Trait("needs", "libvirtd, qemu-img")]
public sealed class LibvirtTests(LibvirtDaemon daemon)
{
    private const int Mebi = 1 << 20;

    private static readonly string Name = $"sample-{Sha256.Of("image").Hex[..12]}";

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Architecture.X64)]
    [InlineData(Architecture.S390x)]
    public async Task A_qcow2_stays_what_it_is_and_its_holes_take_no_room(Architecture architecture)
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        string disk = SparseDisk.Make(bench["disk"], 200 * Mebi, 3, 1);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", "preallocation=metadata", disk, bench["disk.qcow2"]);
        PublishableImage image = Samples.Image(bench["disk.qcow2"]);

        DestinationResult result = await bench.PublishAsync(image with { Description = image.Description with { Architecture = architecture } });

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        Assert.Equal(Name + ".qcow2", result.Publication!.Id);
        Assert.Equal(await File.ReadAllBytesAsync(bench["disk.qcow2"], Never), await File.ReadAllBytesAsync(Path.Combine(bench.Folder, result.Publication.Id), Never));
        string description = daemon.Virsh("vol-dumpxml", result.Publication.Id, "--pool", bench.PoolName);
        Assert.Contains("<format type='qcow2'/>", description, StringComparison.Ordinal);
        Assert.Contains($"<capacity unit='bytes'>{200 * Mebi}</capacity>", description, StringComparison.Ordinal);
        Assert.True(Occupied(Path.Combine(bench.Folder, result.Publication.Id)) <= Occupied(bench["disk.qcow2"]) + (256 << 10), description);
        Assert.InRange(result.Publication.BytesSent, 1, 2 * Mebi);
    }

    [Fact]
    public async Task A_raw_volume_can_be_asked_for_from_a_qcow2()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        string disk = SparseDisk.Make(bench["disk"], (20 * Mebi) + 512, 3, 1);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", disk, bench["disk.qcow2"]);
        bench.Asked = bench.Asked with { Format = LibvirtFormat.Raw };

        DestinationResult result = await bench.PublishAsync(Samples.Image(bench["disk.qcow2"]));

        Assert.Equal(Name + ".raw", result.Publication!.Id);
        Assert.Equal(await File.ReadAllBytesAsync(disk, Never), await File.ReadAllBytesAsync(Path.Combine(bench.Folder, result.Publication.Id), Never));
    }

    [Fact]
    public async Task A_raw_image_can_become_a_qcow2_volume()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        string disk = SparseDisk.Make(bench["disk"], 20 * Mebi, 3, 1);
        bench.Asked = bench.Asked with { Format = LibvirtFormat.Qcow2 };

        DestinationResult result = await bench.PublishAsync(Samples.Image(disk));

        Assert.Equal(Name + ".qcow2", result.Publication!.Id);
        Assert.Contains("<format type='qcow2'/>", daemon.Virsh("vol-dumpxml", result.Publication.Id, "--pool", bench.PoolName), StringComparison.Ordinal);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", disk, Path.Combine(bench.Folder, result.Publication.Id));
    }

    [Fact]
    public async Task A_pool_that_is_not_there_is_made_and_goes_with_its_last_volume()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon, withPool: false);
        bench.Asked = bench.Asked with { Directory = Path.Combine(bench.Folder, "made", "here") };
        string disk = SparseDisk.Make(bench["disk"], Mebi, 1, 1);
        await using PreparedDestination destination = bench.Destination("tester");
        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);
        Directory.CreateDirectory(Path.Combine(bench.Folder, "made"), (UnixFileMode)Convert.ToInt32("777", 8));
        File.SetUnixFileMode(Path.Combine(bench.Folder, "made"), (UnixFileMode)Convert.ToInt32("777", 8));

        DestinationResult first = await bench.PublishAsync(Samples.Image(disk, "first"));
        DestinationResult second = await bench.PublishAsync(Samples.Image(disk, "second"));
        string pools = daemon.Virsh("pool-list", "--autostart", "--name");
        await PublishRun.UnpublishAsync([destination], Sha256.Of("first"), force: false, Never);
        bool kept = Directory.Exists(Path.Combine(bench.Folder, "made", "here"));
        RemovalResult removed = await PublishRun.UnpublishAsync([destination], Sha256.Of("second"), force: false, Never);

        Assert.Empty(faults);
        Assert.True(first.Succeeded && second.Succeeded, string.Join('\n', first.Faults.Concat(second.Faults)));
        Assert.Contains(bench.PoolName, pools, StringComparison.Ordinal);
        Assert.True(kept);
        Assert.Empty(removed.Faults);
        Assert.DoesNotContain(bench.PoolName, daemon.Virsh("pool-list", "--all", "--name"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(bench.Folder, "made", "here")));
    }

    [Fact]
    public async Task A_named_volume_is_replaced_in_one_step_and_who_has_the_old_one_open_keeps_it()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        bench.Asked = bench.Asked with { Volume = "podvm" };
        string old = SparseDisk.MakeFull(bench["old"], 3 * Mebi, 1);
        string newer = SparseDisk.MakeFull(bench["new"], 5 * Mebi, 2);
        await bench.PublishAsync(Samples.Image(old, "old"));
        await using FileStream machine = File.OpenRead(Path.Combine(bench.Folder, "podvm"));

        DestinationResult result = await bench.PublishAsync(Samples.Image(newer, "new"));

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        byte[] held = new byte[3 * Mebi];
        await machine.ReadExactlyAsync(held, Never);
        Assert.Equal(3 * Mebi, machine.Length);
        Assert.Equal(await File.ReadAllBytesAsync(old, Never), held);
        Assert.Equal(await File.ReadAllBytesAsync(newer, Never), await File.ReadAllBytesAsync(Path.Combine(bench.Folder, "podvm"), Never));
        Assert.Equal(["podvm", $"podvm.tester.{Sha256.Of("new").Hex[..12]}.imagefactory.json"], bench.Everything());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_ssh_a_named_volume_is_renamed_by_the_same_ssh(bool breaksAfterRename)
    {
        daemon.WriteSsh(breaksAfterRename);
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        bench.Asked = bench.Asked with { Volume = "podvm", Uri = daemon.SshUri + "&no_verify=1" };
        string disk = SparseDisk.MakeFull(bench["disk"], 2 * Mebi, 1);

        DestinationResult result = await bench.PublishAsync(Samples.Image(disk));

        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        Assert.Equal(await File.ReadAllBytesAsync(disk, Never), await File.ReadAllBytesAsync(Path.Combine(bench.Folder, "podvm"), Never));
        string[] calls = [.. File.ReadLines(daemon.SshLog)];
        Assert.All(calls, c => Assert.Contains("BatchMode=yes", c, StringComparison.Ordinal));
        Assert.Contains(calls, c => c.Contains("StrictHostKeyChecking=no -l somebody -- far.example mv -fT -- ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_publish_that_is_cancelled_in_the_middle_leaves_nothing()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        using CancellationTokenSource cancel = new();
        string disk = SparseDisk.MakeFull(bench["disk"], 64 * Mebi, 1);
        Task<DestinationResult> publishing = bench.PublishAsync(Samples.Image(disk), cancel.Token);
        while (bench.Everything().Count < 2)
            await Task.Delay(1, Never);
        await cancel.CancelAsync();

        DestinationResult result = await publishing;

        // A machine that was fast enough has the image; any other has nothing.
        Assert.Equal(result.Succeeded ? 2 : 0, bench.Everything().Count);
        if (!result.Succeeded)
            Assert.Equal("IFU106", result.Faults[0].Code);
    }

    [Fact]
    public async Task A_volume_that_another_stands_on_is_refused_without_force()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        string disk = SparseDisk.Make(bench["disk"], Mebi, 1, 1);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk, bench["disk.qcow2"]);
        Publication publication = (await bench.PublishAsync(Samples.Image(bench["disk.qcow2"]))).Publication!;
        daemon.Virsh("vol-create-as", bench.PoolName, "above", "1M", "--format", "qcow2", "--backing-vol", publication.Id, "--backing-vol-format", "qcow2");

        await using PreparedDestination destination = bench.Destination("tester");
        RemovalResult refused = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);
        RemovalResult forced = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: true, Never);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.Contains("volume above", refused.Faults[0].Message, StringComparison.Ordinal);
        Assert.Empty(forced.Faults);
        Assert.Equal(["above"], bench.Everything());
    }

    [Fact]
    public async Task Old_remains_of_ours_are_orphans_and_young_ones_and_those_of_others_are_not()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        string[] old = ["a.raw", "a.raw.tester.imagefactory-claim", "podvm.tester.01234567.imagefactory-part", "b.tester.0123456789ab.imagefactory.json"];
        string[] stay = ["c.tester.01234567.imagefactory-part", "podvm.other.01234567.imagefactory-part", "d.raw", "d.raw.un+tester.imagefactory-claim"];
        foreach (string name in old.Concat(stay))
        {
            await File.WriteAllTextAsync(Path.Combine(bench.Folder, name), "x", Never);
            if (!name.StartsWith("c.", StringComparison.Ordinal))
                File.SetLastWriteTimeUtc(Path.Combine(bench.Folder, name), DateTime.UtcNow.AddHours(-5));
        }

        await using PreparedDestination destination = bench.Destination("tester");
        RemovalResult result = await new PublishRun(bench["journals"], new Events(), TimeProvider.System).CollectAsync([destination], remove: true, Never);

        Assert.Empty(result.Faults);
        Assert.Equal(stay.Order(StringComparer.Ordinal), bench.Everything());
    }

    [Fact]
    public async Task Volumes_of_others_are_told_by_the_check_and_refused()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        bench.Asked = bench.Asked with { Volume = "podvm" };
        string disk = SparseDisk.Make(bench["disk"], Mebi, 1, 1);
        await using PreparedDestination tester = bench.Destination("tester");
        await using PreparedDestination other = bench.Destination("other");
        await bench.PublishAsync(Samples.Image(disk));
        daemon.Virsh("vol-create-as", bench.PoolName, "strange", "1M", "--format", "raw");

        IReadOnlyList<Fault> owned = await PublishRun.CheckAsync([other], Samples.Description, Never);
        bench.Asked = bench.Asked with { Volume = "strange" };
        await using PreparedDestination strange = bench.Destination("tester");
        IReadOnlyList<Fault> unknown = await PublishRun.CheckAsync([strange], Samples.Description, Never);
        DestinationResult refused = await bench.PublishAsync(Samples.Image(disk));

        Assert.Equal(["IFU608"], owned.Select(f => f.Code));
        Assert.Equal(["IFU609"], unknown.Select(f => f.Code));
        Assert.Equal(["IFU609"], refused.Faults.Select(f => f.Code));
        Assert.Contains("virsh -c 'qemu:///", unknown[0].Hint, StringComparison.Ordinal);
        Assert.Contains(" vol-delete --pool ", unknown[0].Hint, StringComparison.Ordinal);
        Assert.Equal(3, bench.Everything().Count);
    }

    [Fact]
    public async Task What_is_missing_or_wrong_is_told()
    {
        await using LibvirtBench bench = await LibvirtBench.StartAsync(daemon);
        LibvirtDestination good = bench.Asked;
        List<string> codes = [];
        foreach (LibvirtDestination asked in (LibvirtDestination[])[
            new(),
            good with { Uri = "no uri", Pool = "a/b", Volume = "-x", Directory = "here" },
            good with { Uri = "qemu:///session?socket=/nowhere" },
            good with { Pool = "another" },
            good with { Volume = "podvm", Uri = $"qemu+tls://127.0.0.1:{1}/session" }])
        {
            bench.Asked = asked;
            await using PreparedDestination destination = bench.Destination("tester");
            codes.Add(string.Join(' ', (await PublishRun.CheckAsync([destination], Samples.Description, Never)).Select(f => f.Code)));
        }

        daemon.Virsh("pool-destroy", bench.PoolName);
        bench.Asked = good;
        await using PreparedDestination stopped = bench.Destination("tester");
        codes.Add(string.Join(' ', (await PublishRun.CheckAsync([stopped], Samples.Description, Never)).Select(f => f.Code)));
        daemon.Virsh("pool-start", bench.PoolName);

        Assert.Equal(["IFU601 IFU601", "IFU603 IFU603 IFU603 IFU603", "IFU604", "IFU606", "IFU604", "IFU607"], codes);
    }

    private static long Occupied(string file) => long.Parse(Tool.Run("du", "--block-size=1", file).Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
}
