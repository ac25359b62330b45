using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>Containers that leave a real podman in a bundle, and come back into one that has lost them.</summary>
[Trait("needs", "podman, busybox, root")]
public sealed class PodmanBundleTests : IClassFixture<Podman>, IDisposable
{
    private readonly Podman podman;
    private readonly TemporaryFolder folder = new();

    public PodmanBundleTests(Podman podman)
    {
        Assert.SkipWhen(Podman.Missing is not null, Podman.Missing ?? "");
        this.podman = podman;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_podman_built_is_loaded_with_the_same_id_and_gives_the_same_system()
    {
        using BootcWorkshop shop = new(podman.Settings, Podman.Programs);
        Directory.CreateDirectory(shop["context"]);
        File.Copy(Tool.Need("busybox"), shop["context/sh"]);
        await File.WriteAllBytesAsync(shop["context/initrd"], await BootcSystemStageTests.InitrdAsync(BootcSystemStageTests.InitrdFiles), Token);
        foreach (string module in (string[])["dm-verity", "overlay", "erofs"])
            shop.Write($"context/kernel/{module}.ko", "x");
        shop.Write("context/Containerfile", """
            FROM scratch
            COPY sh /bin/sh
            COPY initrd /usr/lib/modules/6.1/initramfs.img
            COPY kernel /usr/lib/modules/6.1/kernel
            RUN echo kernel > /usr/lib/modules/6.1/vmlinuz; read now rest < /proc/uptime; echo $now > /when
            """);
        BootcBase settings = new() { Containerfile = shop.Source("context/Containerfile") };
        (StageScope? online, BundleContents bundle) = await ContainerBundle.PackAsync(shop, settings, folder);
        string id = (await File.ReadAllTextAsync(online!.OutputFile(BootcSystemStage.ImageIdFile), Token)).Trim();
        await ForgetAsync("localhost/imagefactory/shop:latest");
        Assert.False(await HasAsync(id));
        using BootcWorkshop there = new(podman.Settings, Podman.Programs) { Bundle = bundle };

        StageScope offline = await there.TakeSystemAsync(settings);

        foreach (string file in online.Output.GetFiles().Select(f => f.Name))
            Assert.Equal(await File.ReadAllBytesAsync(online.OutputFile(file), Token), await File.ReadAllBytesAsync(offline.OutputFile(file), Token));
        Assert.False(await HasAsync(id));
        Assert.Empty(there.CleanUpFaults);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_of_a_registry_is_loaded_when_the_registry_is_gone(bool docker)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        TarMaker layer = BootcSystemStageTests.System(await BootcSystemStageTests.InitrdAsync(BootcSystemStageTests.InitrdFiles));
        string digest = FakeArchive.Push(registry, "os", layer, docker);
        string registries = folder.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n");
        BootcBase settings = new() { Image = $"{registry.Host}/os@{digest}" };
        using BootcWorkshop shop = new(podman.Settings, Podman.Programs) { Registry = new RegistrySettings { RegistriesFile = registries } };
        (_, BundleContents bundle) = await ContainerBundle.PackAsync(shop, settings, folder);
        await registry.DisposeAsync();
        using BootcWorkshop there = new(podman.Settings, Podman.Programs) { Bundle = bundle };

        StageScope offline = await there.TakeSystemAsync(settings);

        string id = (await File.ReadAllTextAsync(offline.OutputFile(BootcSystemStage.ImageIdFile), Token)).Trim();
        Assert.Equal(FakeArchive.DigestOf(FakeArchive.Configuration(layer.ToArray())), id);
        Assert.Equal("kernel", await File.ReadAllTextAsync(offline.OutputFile(BootcSystemStage.KernelFile), Token));
        Assert.False(await HasAsync(id));
        Assert.Empty(there.CleanUpFaults);
    }

    private Task ForgetAsync(string name) => podman.UseAsync(engine => engine.RemoveImageAsync(name, Token));

    private async Task<bool> HasAsync(string id)
    {
        bool has = false;
        await podman.UseAsync(async engine => has = await engine.FindImageAsync(id, Token) is not null);
        return has;
    }
}
