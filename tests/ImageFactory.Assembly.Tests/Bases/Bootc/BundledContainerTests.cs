using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>Containers that are packed where there is an engine and a network, and loaded into another engine where there is none.</summary>
public sealed class BundledContainerTests : IDisposable
{
    private const string Local = "localhost/os:1";
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_container_of_the_engine_is_the_same_in_another_engine()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        string id = fake.AddWhole(Local, (await SystemAsync()).ToArray());
        using BootcWorkshop shop = new(BootcSystemStageTests.At(fake));
        (StageScope? online, BundleContents bundle) = await ContainerBundle.PackAsync(shop, new BootcBase { Image = Local }, folder);
        await using FakeEngine other = await FakeEngine.StartAsync();
        using BootcWorkshop there = new(BootcSystemStageTests.At(other)) { Bundle = bundle };

        StageScope offline = await there.TakeSystemAsync(new BootcBase { Image = Local });

        AssertSame(shop, online!, there, offline);
        Assert.Equal(id + "\n", await File.ReadAllTextAsync(offline.OutputFile(BootcSystemStage.ImageIdFile), Token));
        Assert.Single(other.Requests, r => r.StartsWith("POST /images", StringComparison.Ordinal));
        Assert.Empty(other.Images);
        Assert.Empty(there.CleanUpFaults);
    }

    [Fact]
    public async Task What_a_Containerfile_gave_is_taken_and_nothing_is_built_again()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        string id = fake.AddWhole(Local, (await SystemAsync()).ToArray());
        fake.BuildSays = ["{\"aux\":{\"ID\":\"" + id + "\"}}"];
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        string digest = FakeArchive.Push(registry, "tools", new TarMaker().File("x"));
        using BootcWorkshop shop = new(BootcSystemStageTests.At(fake)) { Registry = Open(registry) };
        BootcBase settings = Containerfile(shop, $"FROM {registry.Host}/tools@{digest} AS tools\nFROM {Local}\nCOPY --from=tools /x /x\n");
        (StageScope? online, BundleContents bundle) = await ContainerBundle.PackAsync(shop, settings, folder);
        await registry.DisposeAsync();
        await using FakeEngine other = await FakeEngine.StartAsync();
        using BootcWorkshop there = new(BootcSystemStageTests.At(other)) { Bundle = bundle };

        StageScope offline = await there.TakeSystemAsync(settings);

        AssertSame(shop, online!, there, offline);
        Assert.DoesNotContain(other.Requests, r => r.StartsWith("POST /build", StringComparison.Ordinal) || r.StartsWith("POST /images/create", StringComparison.Ordinal));
        Assert.Empty(other.Images);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_of_a_registry_is_loaded_with_the_bytes_that_the_registry_gave(bool docker)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        string digest = FakeArchive.Push(registry, "os", await SystemAsync(), docker);
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using BootcWorkshop shop = new(BootcSystemStageTests.At(fake)) { Registry = Open(registry) };
        BootcBase settings = new() { Image = $"{registry.Host}/os@{digest}" };
        (_, BundleContents bundle) = await ContainerBundle.PackAsync(shop, settings, folder);
        await registry.DisposeAsync();
        using BootcWorkshop there = new(BootcSystemStageTests.At(fake)) { Bundle = bundle };

        StageScope offline = await there.TakeSystemAsync(settings);

        Assert.Equal((await SystemAsync()).ToArray(), await File.ReadAllBytesAsync(offline.OutputFile(BootcSystemStage.TarFile), Token));
        Assert.Contains("POST /images/load?quiet=true", fake.Requests);
        Assert.DoesNotContain(fake.Requests, r => r.StartsWith("POST /images/create", StringComparison.Ordinal));
        Assert.Empty(fake.Images);
    }

    [Fact]
    public async Task One_that_the_engine_has_is_neither_loaded_nor_removed()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        string id = fake.AddWhole(Local, (await SystemAsync()).ToArray());
        using BootcWorkshop shop = new(BootcSystemStageTests.At(fake));
        (_, BundleContents bundle) = await ContainerBundle.PackAsync(shop, new BootcBase { Image = Local }, folder);
        using BootcWorkshop there = new(BootcSystemStageTests.At(fake)) { Bundle = bundle };

        await there.TakeSystemAsync(new BootcBase { Image = Local });

        Assert.DoesNotContain(fake.Requests, r => r.StartsWith("POST /images/load", StringComparison.Ordinal));
        Assert.Contains(id, fake.Images.Keys);
    }

    [Fact]
    public async Task Another_container_than_the_bundle_promises_is_a_fault()
    {
        string archive = folder["other.tar"];
        byte[] other = new TarMaker().File("etc/x").ToArray();
        byte[] configuration = FakeArchive.Configuration(other);
        await File.WriteAllBytesAsync(archive, FakeArchive.Write(FakeArchive.DigestOf(configuration), configuration, other), Token);

        Fault fault = await FaultAsync(await ContainerBundle.WriteAsync(folder, writer => PutAsync(writer, archive)));

        Assert.Equal(("IFC318", Local), (fault.Code, fault.Where));
        Assert.Contains(Id, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_engine_says_when_it_takes_no_archive_is_told()
    {
        string archive = folder.Write("no.tar", new string('x', 2000));

        Fault fault = await FaultAsync(await ContainerBundle.WriteAsync(folder, writer => PutAsync(writer, archive)));

        Assert.Equal("IFC209", fault.Code);
        Assert.Contains("payload does not match any of the supported image formats", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_that_changes_after_it_was_opened_is_a_fault()
    {
        string archive = folder.Write("no.tar", new string('x', 3_000_000));
        BundleContents bundle = await ContainerBundle.WriteAsync(folder, writer => PutAsync(writer, archive));
        byte[] bytes = await File.ReadAllBytesAsync(folder[ContainerBundle.FileName], Token);
        bytes[^1_000_000] ^= 1;
        await File.WriteAllBytesAsync(folder[ContainerBundle.FileName], bytes, Token);

        Assert.Equal("IFA428", (await FaultAsync(bundle)).Code);
    }

    [Fact]
    public async Task A_bundle_without_the_container_is_told() =>
        Assert.Equal("IFC317", (await FaultAsync(await ContainerBundle.WriteAsync(folder, writer => writer.AddContainerAsync(Local, Id, null, Token)))).Code);

    [Fact]
    public async Task A_bundle_without_what_a_Containerfile_starts_from_is_told() =>
        Assert.Equal("IFC317", (await FaultAsync(await ContainerBundle.WriteAsync(folder, writer => writer.AddContainerAsync("localhost/other:1", Id, null, Token)))).Code);

    private static async Task PutAsync(BundleWriter writer, string archive)
    {
        await writer.AddContainerAsync(BundledContainer.Base, Id, archive, Token);
        await writer.AddContainerAsync(Local, Id, null, Token);
    }

    private static string Id { get; } = "sha256:" + new string('a', 64);

    private static async Task<TarMaker> SystemAsync() => BootcSystemStageTests.System(await BootcSystemStageTests.InitrdAsync(BootcSystemStageTests.InitrdFiles));

    private RegistrySettings Open(FakeRegistry registry) =>
        new() { RegistriesFile = folder.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n"), FirstPause = TimeSpan.FromMilliseconds(1) };

    private static BootcBase Containerfile(BootcWorkshop shop, string text)
    {
        shop.Write("context/Containerfile", text);
        return new BootcBase { Containerfile = shop.Source("context/Containerfile") };
    }

    private static void AssertSame(BootcWorkshop one, StageScope online, BootcWorkshop other, StageScope offline)
    {
        foreach (string file in online.Output.GetFiles().Select(f => f.Name))
            Assert.Equal(File.ReadAllBytes(online.OutputFile(file)), File.ReadAllBytes(offline.OutputFile(file)));
        foreach (string stage in online.Inputs.Keys)
            Assert.Equal(File.ReadAllText(Path.Combine(one.OutputOf(stage).FullName, "image.json")), File.ReadAllText(Path.Combine(other.OutputOf(stage).FullName, "image.json")));
    }

    /// <summary>What a build out of a bundle says that does not hold what it must.</summary>
    private static async Task<Fault> FaultAsync(BundleContents bundle)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using BootcWorkshop there = new(BootcSystemStageTests.At(fake)) { Bundle = bundle };
        return (await Assert.ThrowsAsync<FactoryException>(() => there.TakeSystemAsync(new BootcBase { Image = Local }))).Faults.Single();
    }
}
