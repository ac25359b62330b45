using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bases.Debian.Unpacked;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

public sealed class BootcSystemStageTests
{
    private const string Image = "localhost/os:1";
    private const string Modules = "usr/lib/modules/6.1";

    internal static readonly string[] InitrdFiles =
    [
        "usr/lib/systemd/systemd-veritysetup", "usr/lib/systemd/system-generators/systemd-veritysetup-generator", "usr/lib/systemd/systemd-volatile-root",
        Modules + "/kernel/dm-verity.ko.xz", Modules + "/kernel/overlay.ko", Modules + "/kernel/erofs.ko.zst",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_initrd_that_can_open_a_verified_root_is_taken_as_it_is()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        byte[] initrd = await InitrdAsync(InitrdFiles);
        fake.Add(Image, System(initrd).ToArray());
        using BootcWorkshop shop = new(At(fake));

        StageScope scope = await shop.TakeSystemAsync(new BootcBase { Image = Image });

        Assert.Equal(initrd, await File.ReadAllBytesAsync(scope.OutputFile(BootcSystemStage.InitrdFile), Token));
        Assert.Equal("kernel", await File.ReadAllTextAsync(scope.OutputFile(BootcSystemStage.KernelFile), Token));
        Assert.Equal("6.1\n", await File.ReadAllTextAsync(scope.OutputFile(BootcSystemStage.KernelVersionFile), Token));
        Assert.Equal("sha256:aa\n", await File.ReadAllTextAsync(scope.OutputFile(BootcSystemStage.ImageIdFile), Token));
        Assert.DoesNotContain(fake.Requests, r => r.Contains("/start", StringComparison.Ordinal));
        Assert.Empty(fake.Containers);
        Assert.Empty(shop.CleanUpFaults);
    }

    [Theory]
    [InlineData("usr/lib/systemd/systemd-veritysetup", "systemd-veritysetup")]
    [InlineData(Modules + "/kernel/dm-verity.ko.xz", "dm_verity")]
    [InlineData(Modules + "/kernel/overlay.ko", "overlay")]
    public async Task An_initrd_that_lacks_something_is_made_again_in_a_container_of_the_image(string without, string named)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, System(await InitrdAsync(InitrdFiles.Where(f => f != without))).ToArray());
        using BootcWorkshop shop = new(At(fake));
        System.Text.Json.Nodes.JsonObject? ran = null;
        fake.Runs = container =>
        {
            ran = container;
            return (0, "done");
        };

        StageScope scope = await shop.TakeSystemAsync(new BootcBase { Image = Image });

        Assert.Contains(shop.Said.Lines, l => l.Contains("lacks", StringComparison.Ordinal) && l.Contains(named, StringComparison.Ordinal));
        Assert.Equal("content", await File.ReadAllTextAsync(scope.OutputFile(BootcSystemStage.InitrdFile), Token));
        Assert.Equal("/usr/bin/dracut", ran!["Entrypoint"]![0]!.ToString());
        Assert.Equal("none", ran["HostConfig"]!["NetworkMode"]!.ToString());
        Assert.Contains("6.1", ran["Cmd"]!.AsArray().Select(a => a!.ToString()));
        Assert.Contains("SOURCE_DATE_EPOCH=1750000000", ran["Env"]!.AsArray().Select(a => a!.ToString()));
        Assert.Empty(fake.Containers);
    }

    [Fact]
    public async Task An_initrd_that_would_extend_PCR_11_is_made_again()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, System(await InitrdAsync(InitrdFiles.Append("usr/lib/systemd/system/initrd.target.wants/systemd-pcrphase-initrd.service"))).ToArray());
        using BootcWorkshop shop = new(At(fake));

        await shop.TakeSystemAsync(new BootcBase { Image = Image });

        Assert.Contains(shop.Said.Lines, l => l.Contains("PCR 11", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_dracut_an_image_with_another_initrd_is_refused()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, System("no initrd at all"u8.ToArray(), dracut: false).ToArray());
        using BootcWorkshop shop = new(At(fake));

        Fault fault = await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }));

        Assert.Equal(("IFC312", Image), (fault.Code, fault.Where));
    }

    [Fact]
    public async Task What_dracut_said_is_in_the_fault_when_it_fails()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, System([]).ToArray());
        fake.Runs = _ => (1, "dracut: no such module\n");
        using BootcWorkshop shop = new(At(fake));

        Fault fault = await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }));

        Assert.Equal("IFC206", fault.Code);
        Assert.Contains("dracut: no such module", fault.Detail, StringComparison.Ordinal);
        Assert.Empty(fake.Containers);
    }

    [Fact]
    public async Task An_image_without_a_kernel_is_refused()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, new TarMaker().File("etc/os-release", "ID=x\n").ToArray());
        using BootcWorkshop shop = new(At(fake));

        Assert.Equal("IFC310", (await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }))).Code);
    }

    [Fact]
    public async Task A_kernel_that_cannot_read_the_root_is_told_before_anything_is_made()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, new TarMaker().File(Modules + "/vmlinuz", "kernel").File(Modules + "/modules.builtin", "kernel/fs/overlay.ko\nkernel/drivers/md/dm-verity.ko\n").ToArray());
        using BootcWorkshop shop = new(At(fake));

        Fault fault = await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }));

        Assert.Equal(("IFC311", "set 'disk.root: ext4'"), (fault.Code, fault.Hint));
    }

    [Fact]
    public async Task An_export_that_only_looks_whole_is_refused()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, new TarMaker().File(Modules + "/vmlinuz", "kernel").WithoutEnd());
        using BootcWorkshop shop = new(At(fake));

        Assert.Equal("IFC313", (await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }))).Code);
        Assert.Empty(fake.Containers);
    }

    [Fact]
    public async Task Hostile_members_of_an_export_are_named_all_at_once()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, new TarMaker().File("../outside").HardLink("inside", "../../etc/shadow").Entry('S', "sparse", []).ToArray());
        using BootcWorkshop shop = new(At(fake));

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => shop.TakeSystemAsync(new BootcBase { Image = Image }));

        Assert.Equal(3, e.Faults.Count);
        Assert.All(e.Faults, f => Assert.StartsWith(Image, f.Where, StringComparison.Ordinal));
        foreach (string name in (string[])["../outside", "inside", "sparse"])
            Assert.Contains(e.Faults, f => f.Message.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_only_the_engine_could_have_is_not_looked_for_elsewhere()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using BootcWorkshop shop = new(At(fake));

        Fault fault = await FaultAsync(() => shop.TakeSystemAsync(new BootcBase { Image = Image }));

        Assert.Equal(("IFC305", Image), (fault.Code, fault.Where));
        Assert.DoesNotContain(fake.Requests, r => r.StartsWith("POST /images", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Containerfile_is_sent_with_its_context_and_secrets_stay_out_of_keys_and_logs()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Add(Image, System(await InitrdAsync(InitrdFiles)).ToArray(), "sha256:b0");
        using BootcWorkshop shop = new(At(fake));
        shop.Write("context/Containerfile", $"FROM {Image}\nRUN --mount=type=secret,id=org cat /run/secrets/org\n");
        shop.Write("context/etc/some.conf", "x");
        shop.Write("secrets/org", "hunter2-hunter2");
        BootcBase settings = new() { Containerfile = shop.Source("context/Containerfile"), Secrets = [new BuildSecret { Id = "org", File = shop.Source("secrets/org") }] };

        await shop.TakeSystemAsync(settings);

        Assert.Equal("FROM b0\nRUN --mount=type=secret,id=org cat /run/secrets/org\n", fake.Context["Containerfile"]);
        Assert.Equal("x", fake.Context["etc/some.conf"]);
        Assert.Equal("hunter2-hunter2", fake.Context.Single(f => f.Key.StartsWith("podman-build-secret", StringComparison.Ordinal)).Value);
        Assert.DoesNotContain(shop.Said.Lines, l => l.Contains("hunter2", StringComparison.Ordinal));
        using StageKey key = new();
        (await shop.ContributeAsync(BootcWorkshop.RecipeOf(settings))).Stages.OfType<BootcSystemStage>().Single().Describe(key);
        Sha256 before = key.ToDigest();
        shop.Write("secrets/org", "another one");
        using StageKey after = new();
        (await shop.ContributeAsync(BootcWorkshop.RecipeOf(settings))).Stages.OfType<BootcSystemStage>().Single().Describe(after);
        Assert.Equal(before, after.ToDigest());
    }

    [Fact]
    public async Task Names_without_a_host_are_told_with_their_line()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using BootcWorkshop shop = new(At(fake));
        shop.Write("c/Containerfile", "ARG X=1\nFROM debian:stable\nCOPY --from=ubi9 /a /b\n");

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => shop.ContributeAsync(BootcWorkshop.RecipeOf(new BootcBase { Containerfile = shop.Source("c/Containerfile") })));

        Assert.Equal([("IFC301", "c/Containerfile:2"), ("IFC301", "c/Containerfile:3")], e.Faults.Select(f => (f.Code, f.Where)));
    }

    internal static EngineSettings At(FakeEngine fake) => new() { Named = ("CONTAINER_HOST", "unix://" + fake.Socket) };

    internal static TarMaker System(byte[] initrd, bool dracut = true)
    {
        TarMaker tar = new TarMaker()
            .File(Modules + "/vmlinuz", "kernel")
            .File(Modules + "/modules.builtin", "kernel/drivers/block/virtio_blk.ko\n")
            .File(Modules + "/kernel/dm-verity.ko.xz").File(Modules + "/kernel/overlay.ko").File(Modules + "/kernel/erofs.ko.zst")
            .Entry('0', Modules + "/initramfs.img", initrd);
        return dracut ? tar.File("usr/bin/dracut", mode: 493) : tar;
    }

    internal static async Task<byte[]> InitrdAsync(IEnumerable<string> files)
    {
        FileTree tree = new();
        foreach (string file in files)
            tree.Put("/" + file, TreeEntry.Text(file));
        using MemoryStream plain = new();
        await CpioWriter.WriteAsync(tree, plain, 0, Token);
        FileTree early = new();
        early.Put("/kernel/x86/microcode/GenuineIntel.bin", TreeEntry.Text("microcode"));
        using MemoryStream whole = new();
        await CpioWriter.WriteAsync(early, whole, 0, Token);
        whole.Write(new byte[512]);
        whole.Write(Containers.Warehouse.Gzip(plain.ToArray()));
        return whole.ToArray();
    }

    private static async Task<Fault> FaultAsync(Func<Task> act) => (await Assert.ThrowsAsync<FactoryException>(act)).Faults.Single();
}
