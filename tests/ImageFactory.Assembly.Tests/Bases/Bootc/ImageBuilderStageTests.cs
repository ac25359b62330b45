using System.Text.Json.Nodes;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>bootc-image-builder cannot run here: an engine that checks what it is asked for stands in for it, and qemu-img makes the disk that it leaves.</summary>
[Trait("needs", "qemu-img")]
public sealed class ImageBuilderStageTests
{
    private const string Image = "localhost/os:1";
    private const string Builder = "localhost/bib:9";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payload_and_policy_become_a_layer_and_the_builder_is_called_as_the_contract_says()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.StorageFolder = "/some/graph";
        JsonObject? ran = null;
        string? config = null;
        fake.Runs = container =>
        {
            ran = container;
            config = File.ReadAllText(SourceOf(container, "/config.toml"));
            LeaveDisk(SourceOf(container, "/output"), PartitionTypes.EfiSystem);
            return (0, "image built\n");
        };

        (BootcWorkshop shop, StageScope scope) = await MakeAsync(fake);
        using (shop)
        {
            Assert.Equal(["--type", "qcow2", "--rootfs", "ext4", "--local", "localhost/imagefactory/shop-classic:latest"], ran!["Cmd"]!.AsArray().Select(a => a!.ToString()));
            Assert.True(ran["HostConfig"]!["Privileged"]!.GetValue<bool>());
            Assert.Equal("label=type:unconfined_t", ran["HostConfig"]!["SecurityOpt"]![0]!.ToString());
            Assert.Contains("/some/graph:/var/lib/containers/storage", ran["HostConfig"]!["Binds"]!.AsArray().Select(b => b!.ToString()));
            Assert.EndsWith(":/config.toml:ro", ran["HostConfig"]!["Binds"]![0]!.ToString(), StringComparison.Ordinal);
            Assert.Contains("minsize = \"15 GiB\"", config, StringComparison.Ordinal);
            Assert.Equal("FROM aa\nRUN [\"rm\",\"-rf\",\"--\",\"/old\"]\nADD delta.tar /\n", fake.Context["Containerfile"]);
            string delta = shop.Write("delta.tar", fake.Context["delta.tar"]);
            FileTree layer = TarTreeReader.Read(delta, "delta", TarReadRules.Base, Token).Tree;
            Assert.Equal("policy", layer.ReadText("/etc/kata-opa/default-policy.rego"));
            Assert.Null(layer.Find("/kept"));
            Assert.True(File.Exists(scope.OutputFile("podvm.qcow2")));
            Assert.Contains(shop.Said.Warnings, w => w.Code == "IFC330");
            Assert.DoesNotContain("localhost/imagefactory/shop-classic:latest", fake.Images.Keys);
            Assert.Empty(fake.Containers);
            Assert.Empty(shop.CleanUpFaults);
        }
    }

    [Fact]
    public async Task What_a_failing_builder_said_is_in_the_fault()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Runs = _ => (1, "error: cannot build manifest: no default fs\n");

        Fault fault = await FaultAsync(fake);

        Assert.Equal(("IFC206", Builder), (fault.Code, fault.Where));
        Assert.Contains("no default fs", fault.Detail, StringComparison.Ordinal);
        Assert.Empty(fake.Containers);
    }

    [Fact]
    public async Task A_builder_that_leaves_nothing_has_not_built()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();

        Assert.Equal("IFC320", (await FaultAsync(fake)).Code);
    }

    [Fact]
    public async Task A_disk_that_no_firmware_starts_is_refused()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Runs = container =>
        {
            LeaveDisk(SourceOf(container, "/output"), PartitionTypes.Root(Architecture.X64));
            return (0, "");
        };

        Assert.Equal("IFC321", (await FaultAsync(fake)).Code);
    }

    [Theory]
    [InlineData("Engine", false, "IFC322")]
    [InlineData("Podman Engine", true, "IFC323")]
    public async Task An_engine_that_cannot_serve_is_told_before_anything_is_built(string product, bool rootless, string code)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Product = product;
        fake.Rootless = rootless;

        Assert.Equal(code, (await FaultAsync(fake)).Code);
        Assert.DoesNotContain(fake.Requests, r => r.StartsWith("POST /build", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_was_built_anew_as_another_one_is_not_taken_for_the_old()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();

        Fault fault = await FaultAsync(fake, otherId: "sha256:ee");

        Assert.Equal("IFC316", fault.Code);
    }

    private static async Task<Fault> FaultAsync(FakeEngine fake, string? otherId = null) =>
        (await Assert.ThrowsAsync<FactoryException>(async () => (await MakeAsync(fake, otherId)).Shop.Dispose())).Faults.Single();

    private static async Task<(BootcWorkshop Shop, StageScope Scope)> MakeAsync(FakeEngine fake, string? otherId = null)
    {
        fake.Add(Image, BootcSystemStageTests.System([]).File("old").File("kept").ToArray());
        fake.Add(Builder, new byte[1024], "sha256:bb");
        fake.BuildSays = ["""{"aux":{"ID":"sha256:f0"}}"""];
        BootcWorkshop shop = new(BootcSystemStageTests.At(fake));
        BootcBase settings = new() { Image = Image, Way = BootcWay.ImageBuilder, Builder = new ImageBuilderSettings { Image = Builder, Root = ClassicRoot.Ext4 } };
        Recipe recipe = BootcWorkshop.RecipeOf(settings, Integrity.None);
        SystemContribution brought = await shop.ContributeAsync(recipe);
        foreach (IStage stage in brought.Stages.Where(s => s.Name.StartsWith("resolve-", StringComparison.Ordinal) && s.Name != "resolve-packages"))
            await shop.RunAsync(stage);
        StageScope system = await shop.RunAsync(brought.Stages.OfType<BootcSystemStage>().Single());
        if (otherId is not null)
            await File.WriteAllTextAsync(system.OutputFile(BootcSystemStage.ImageIdFile), otherId + "\n", Token);

        FileTree tree = TarTreeReader.Read(system.OutputFile(BootcSystemStage.TarFile), "x", TarReadRules.Base, Token).Tree;
        tree.Remove("/old");
        tree.Put("/etc/kata-opa/default-policy.rego", TreeEntry.Text("policy"));
        await using (FileStream file = File.Create(Path.Combine(shop.OutputOf(AssembleRootStage.StageName).FullName, "root.tar")))
            TarTreeWriter.Write(tree, file, recipe.SourceDateEpoch, Token);
        await File.WriteAllTextAsync(
            Path.Combine(shop.OutputOf(ToolSet.Image.Name).FullName, Toolbox.HostNote),
            System.Text.Json.JsonSerializer.Serialize(new HostTools(new Dictionary<string, HostTool> { ["qemu-img"] = new(Tests.Tree.Tool.Need("qemu-img"), "1") })), Token);
        return (shop, await shop.RunAsync(brought.OwnDisk!));
    }

    private static string SourceOf(JsonObject container, string target) =>
        container["HostConfig"]!["Binds"]!.AsArray().Select(b => b!.ToString().Split(':')).Single(b => b[1] == target)[0];

    private static void LeaveDisk(string output, Guid first)
    {
        Directory.CreateDirectory(Path.Combine(output, "qcow2"));
        string raw = Path.Combine(output, "disk.raw");
        GptTable table = GptTable.Plan(Guid.NewGuid(), [new(first, Guid.NewGuid(), "a", 1 << 20), new(PartitionTypes.Root(Architecture.X64), Guid.NewGuid(), "root", 1 << 20)], 0);
        using (FileStream file = new(raw, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            file.SetLength(table.DiskSize);
            GptWriter.WriteAsync(table, file, CancellationToken.None).GetAwaiter().GetResult();
        }

        (int code, _, string errors) = Tests.Tree.Tool.Run(Tests.Tree.Tool.Need("qemu-img"), "convert", "-f", "raw", "-O", "qcow2", raw, Path.Combine(output, "qcow2", "disk.qcow2"));
        Assert.True(code == 0, errors);
    }
}
