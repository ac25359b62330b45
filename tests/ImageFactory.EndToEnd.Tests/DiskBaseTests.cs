using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>
/// Bases that are disks: one disk as distributions publish theirs, from a file and out of a container image; made into the measured disk, and kept as it is.
/// </summary>
[Trait("needs", "mmdebstrap, package mirror, libguestfs")]
[Collection(nameof(DiskBaseTests))]
public sealed class DiskBaseTests : IClassFixture<DiskBaseTests.Disk>
{
    private static readonly string[] FromRootOn = ["assemble-root", "disk", "measure", "root-image", "sbom", "uki", "verity"];

    private readonly Disk disk;

    public DiskBaseTests(Disk disk)
    {
        this.disk = disk;
        Assert.SkipWhen(Disk.Missing is not null, Disk.Missing ?? "");
    }

    private Workshop Here => disk.Workshop;

    [Fact]
    public async Task A_qcow2_becomes_the_measured_disk_which_boots_verified_and_another_policy_leaves_the_base_alone()
    {
        string recipe = Write("converted.yaml", $"name: converted\nbase: {{ kind: qcow2, path: \"{disk.Image}\" }}\n");
        string output = Path.Combine(Here.Folder, "converted");
        string another = Path.Combine(Here.Folder, "another policy");

        Outcome made = await RunAsync("boot-check", recipe, output);
        Outcome changed = await RunAsync("build", recipe, another, "--set", "agentPolicy.preset=allow-all");
        Outcome inspected = await Factory.RunAsync(["inspect", Here.Artifact("podvm.qcow2", output, "converted"), "--lint"]);

        Assert.True(made.ExitCode == 0, made.ToString());
        JsonNode check = Here.Manifest(output, "converted")["run"]!["bootCheck"]!;
        Assert.Equal("passed", (string?)check["status"]);
        Assert.Equal(["pcr04", "pcr09", "pcr11", "pcr12", "pcr13"], check["confirmed"]!.AsArray().Select(r => (string)r!));
        Assert.True(changed.ExitCode == 0, changed.ToString());
        Assert.Equal(FromRootOn, Here.Built(another, "converted"));
        Assert.True(inspected.ExitCode == 0, inspected.ToString());
    }

    [Fact]
    public async Task A_disk_in_a_container_image_keeps_its_layout_when_asked_to_and_boots_with_policy_and_arguments()
    {
        using TestAuthority authority = new();
        await using FakeRegistry registry = await FakeRegistry.StartAsync(authority.Server);
        registry.Authentication = FakeAuthentication.Token;
        string digest = FakeImage.Push(
            registry, "org/podvm", [(FakeImage.Layer, await LayerAsync("etc/release", "1")), (FakeImage.Layer, await LayerAsync("image/podvm.qcow2", disk.Image))], tags: "v1");
        string configuration = Trust(registry, authority);
        string recipe = Write(
            "kept.yaml",
            $"name: kept\nbase: {{ kind: oci, image: \"oci::{registry.Host}/org/podvm:v1::/image/podvm.qcow2\" }}\nsystem: {{ kernelArguments: [console=ttyS0, quiet] }}\ndisk: {{ integrity: none, scratch: none }}\n");
        string output = Path.Combine(Here.Folder, "kept");

        Outcome outcome = await Factory.RunAsync(
            ["boot-check", "--recipe", recipe, "--log", "plain", "--store", Here.Store, "--output", output], Here.Folder, environment: new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = configuration });

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonNode manifest = Here.Manifest(output, "kept");
        // The policy that runs was held against the recipe's by the check.
        Assert.Equal("passed", (string?)manifest["run"]!["bootCheck"]!["status"]);
        Assert.Contains(manifest["run"]!["warnings"]!.AsArray(), w => ((string)w!).Contains("IFM406", StringComparison.Ordinal));
        Assert.Null(manifest["content"]!["measurements"]);
        Assert.Contains(digest["sha256:".Length..], manifest.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains($"options {ClassicDisk.Arguments} console=ttyS0 quiet\n", await ClassicDisk.ReadFromEspAsync(Here.Artifact("podvm.qcow2", output, "kept"), "/loader/entries/debian.conf"), StringComparison.Ordinal);
    }

    private Task<Outcome> RunAsync(string verb, string recipe, string output, params string[] more) =>
        Factory.RunAsync([verb, "--recipe", recipe, "--log", "plain", "--store", Here.Store, "--output", output, .. more], Here.Folder);

    private string Write(string name, string text)
    {
        string path = Path.Combine(Here.Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The files of containers-certs.d(5) and containers-auth.json(5) below a configuration folder of one test.</summary>
    private string Trust(FakeRegistry registry, TestAuthority authority)
    {
        string folder = Path.Combine(Here.Folder, "configuration");
        string certificates = Directory.CreateDirectory(Path.Combine(folder, "containers", "certs.d", registry.Host)).FullName;
        File.WriteAllText(Path.Combine(certificates, "ca.crt"), authority.Root.ExportCertificatePem());
        string login = Convert.ToBase64String("puller:geheim"u8);
        File.WriteAllText(Path.Combine(folder, "containers", "auth.json"), $"{{\"auths\":{{\"{registry.Host}\":{{\"auth\":\"{login}\"}}}}}}");
        return folder;
    }

    private static async Task<byte[]> LayerAsync(string path, string fileOrText)
    {
        using MemoryStream layer = new();
        await using (GZipStream gzip = new(layer, CompressionLevel.Fastest, leaveOpen: true))
        await using (TarWriter tar = new(gzip, TarEntryFormat.Pax))
        {
            using Stream content = File.Exists(fileOrText) ? File.OpenRead(fileOrText) : new MemoryStream(System.Text.Encoding.UTF8.GetBytes(fileOrText));
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = content });
        }

        return layer.ToArray();
    }

    /// <summary>The disk, made once from what the first build has in its store.</summary>
    public sealed class Disk(FirstBuild first) : IAsyncLifetime
    {
        public static string? Missing => Factory.Missing ?? ClassicDisk.Missing;

        internal Workshop Workshop => first.Workshop!;

        public string Image { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            if (Missing is not null)
                return;
            Assert.True(first.Outcome!.ExitCode == 0, first.Outcome.ToString());
            Image = await ClassicDisk.MakeAsync(
                Path.Combine(Workshop.Folder, "classic disk"), Workshop.StageFile("root-file-system", "root.tar"), Workshop.StageFile("initrd", "initrd.img"));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
