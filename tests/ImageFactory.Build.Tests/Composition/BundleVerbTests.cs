using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Composition;

/// <summary>Bundles of recipes whose base is a disk, packed and built from by the verbs, in this process and with stores of their own.</summary>
public sealed class BundleVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private string output = "";
    private string errors = "";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_out_of_a_registry_comes_out_of_the_bundle_when_the_registry_is_gone(bool artifact)
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        folder.File(".config/containers/registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n");
        byte[] disk = Disk(1);
        Push(registry, disk, artifact);
        folder.File("my.yaml", $"name: my\nbase: {{ kind: oci, image: '{registry.Host}/org/podvm:1', path: {(artifact ? "podvm.raw" : "/disk/podvm.raw")}, asIs: true }}\ndisk: {{ format: raw }}\n");

        await OkAsync("lock", "--recipe", "my.yaml", "--store", "one");
        Push(registry, Disk(2), artifact);
        await OkAsync("build", "--recipe", "my.yaml", "--locked", "--store", "one", "--output", "online");
        await OkAsync("bundle", "--recipe", "my.yaml", "--output", "my.tar", "--store", "one");
        Assert.Contains("1 images", output, StringComparison.Ordinal);
        await registry.DisposeAsync();
        registry.Requests.Clear();
        File.Delete(Path.Combine(folder.Path, "my.yaml"));
        File.Delete(Path.Combine(folder.Path, "my.lock.json"));
        await OkAsync("build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline");

        Assert.Equal(Digest(disk), Digest(Artifact("offline")));
        Assert.Equal(Digest(disk), Digest(Artifact("online")));
        Assert.Equal(StageKeys("online"), StageKeys("offline"));
        Assert.Empty(registry.Requests);
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder.Path, "two"), ".*"));
    }

    [Fact]
    public async Task A_damaged_bundle_builds_nothing()
    {
        File.WriteAllBytes(Path.Combine(folder.Path, "podvm.raw"), Disk(1));
        folder.File("my.yaml", "name: my\nbase: { kind: qcow2, path: podvm.raw, asIs: true }\ndisk: { format: raw }\n");
        await OkAsync("lock", "--recipe", "my.yaml", "--store", "one");
        await OkAsync("bundle", "--recipe", "my.yaml", "--output", "my.tar", "--store", "one");
        byte[] bundle = File.ReadAllBytes(Path.Combine(folder.Path, "my.tar"));
        bundle[bundle.Length - (1 << 19)] ^= 1;
        File.WriteAllBytes(Path.Combine(folder.Path, "my.tar"), bundle);

        ExitCode code = await RunAsync("build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline");

        Assert.Equal(ExitCode.InvalidInput, code);
        Assert.Contains("IFA428", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "offline")));
    }

    [Fact]
    public async Task A_disk_beside_the_recipe_comes_along_as_it_was_locked()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "recipes"));
        File.WriteAllBytes(Path.Combine(folder.Path, "podvm.raw"), Disk(1));
        folder.File("recipes/my.yaml", "name: my\nbase: { kind: qcow2, path: ../podvm.raw, asIs: true }\ndisk: { format: raw }\n");

        await OkAsync("lock", "--recipe", "recipes/my.yaml", "--store", "one");
        await OkAsync("bundle", "--recipe", "recipes/my.yaml", "--output", "my.tar", "--store", "one");
        File.WriteAllBytes(Path.Combine(folder.Path, "podvm.raw"), Disk(2));
        ExitCode changed = await RunAsync("bundle", "--recipe", "recipes/my.yaml", "--output", "other.tar", "--store", "one");
        string why = errors;
        await OkAsync("build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline");

        Assert.Equal(ExitCode.InvalidInput, changed);
        Assert.Contains("IFA441: 'base.path'", why, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "other.tar")));
        Assert.Equal(Digest(Disk(1)), Digest(Artifact("offline")));
    }

    /// <summary>The address is nobody's: what the stage fetched is in the store where the bundle is made, and in the bundle where it is built.</summary>
    [Fact]
    public async Task A_disk_from_an_address_is_not_fetched_again()
    {
        byte[] disk = Disk(1);
        File.WriteAllBytes(Path.Combine(folder.Path, "podvm.raw"), disk);
        folder.File("first.yaml", "name: my\nbase: { kind: qcow2, path: podvm.raw, asIs: true }\ndisk: { format: raw }\n");
        folder.File("my.yaml", $"name: my\nbase: {{ kind: qcow2, uri: 'https://images.invalid/podvm.raw', sha256: {Digest(disk)}, asIs: true }}\ndisk: {{ format: raw }}\n");
        await OkAsync("build", "--recipe", "first.yaml", "--store", "one", "--output", "online");
        File.Delete(Path.Combine(folder.Path, "podvm.raw"));

        await OkAsync("lock", "--recipe", "my.yaml", "--store", "one");
        await OkAsync("bundle", "--recipe", "my.yaml", "--output", "my.tar", "--store", "one");
        Assert.Contains("1 fetched disks", output, StringComparison.Ordinal);
        ExitCode without = await RunAsync("build", "--recipe", "my.yaml", "--offline", "--store", "two", "--output", "offline");
        string why = errors;
        await OkAsync("build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline");

        Assert.Equal(ExitCode.Unavailable, without);
        Assert.Contains("https://images.invalid/podvm.raw", why, StringComparison.Ordinal);
        Assert.Equal(Digest(disk), Digest(Artifact("offline")));
        Assert.Equal(StageKeys("online"), StageKeys("offline"));
    }

    [Fact]
    public async Task A_disk_that_is_mostly_zeros_takes_few_blocks()
    {
        byte[] disk = new byte[64 << 20];
        new Random(1).NextBytes(disk.AsSpan(20 << 20, 1000));
        File.WriteAllBytes(Path.Combine(folder.Path, "podvm.raw"), disk);
        folder.File("first.yaml", "name: my\nbase: { kind: qcow2, path: podvm.raw, asIs: true }\ndisk: { format: raw }\n");
        folder.File("my.yaml", $"name: my\nbase: {{ kind: qcow2, uri: 'https://images.invalid/podvm.raw', sha256: {Digest(disk)}, asIs: true }}\ndisk: {{ format: raw }}\n");
        await OkAsync("build", "--recipe", "first.yaml", "--store", "one", "--output", "online");
        await OkAsync("lock", "--recipe", "my.yaml", "--store", "one");
        await OkAsync("bundle", "--recipe", "my.yaml", "--output", "my.tar", "--store", "one");

        await OkAsync("build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline");

        Assert.Equal(disk, Artifact("offline"));
        foreach (string file in Directory.GetFiles(Path.Combine(folder.Path, "two", "stages"), "disk.img", SearchOption.AllDirectories).Append(Path.Combine(folder.Path, "offline", "my", "podvm.raw")))
        {
            long taken = long.Parse(ImageFactory.Images.Tests.Tool.Run("du", "--block-size=1", file).Split('\t')[0], CultureInfo.InvariantCulture);
            Assert.True(taken < 1 << 20, $"{file} takes {taken} bytes");
        }
    }

    [Theory]
    [InlineData("base: { kind: bootc, image: quay.io/org/bootc:1, way: bootc-image-builder }\ndisk: { integrity: none }", "IFA421")]
    [InlineData("base: { kind: bootc, containerfile: my.yaml, secrets: [{ id: org, file: /etc/hostname }] }", "IFA423")]
    [InlineData("base: { kind: bootc, containerfile: my.yaml, context: ., secrets: [{ id: org, file: my.yaml }] }", "IFA432")]
    [InlineData("base: { kind: bootc, containerfile: my.yaml, secrets: [{ id: org, file: my.yaml }] }", "IFA432")]
    [InlineData("base: { kind: bootc, containerfile: my.yaml }", "IFA433")]
    [InlineData("base: { kind: qcow2, path: my.yaml }\npayload: [{ kind: directory, path: . }]", "IFA433")]
    [InlineData("base: { kind: oci, image: quay.io/org/podvm:1, guest: { network: true, packages: [nginx] } }", "IFA431")]
    [InlineData("base: { kind: qcow2, path: my.yaml, guest: { network: true } }", "IFA431")]
    [InlineData("base: { kind: qcow2, path: /etc/hostname, asIs: true }", "IFA423")]
    public async Task What_cannot_be_bundled_is_refused_before_anything_is_fetched(string text, string code)
    {
        folder.File("my.yaml", $"name: my\n{text}\n");

        ExitCode ended = await RunAsync("bundle", "--recipe", "my.yaml", "--output", "my.tar", "--store", "one");

        Assert.Equal(ExitCode.InvalidInput, ended);
        Assert.Contains(code, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "my.tar")));
    }

    /// <summary>Bytes with the mark of a partition table, and a hole.</summary>
    private static byte[] Disk(int seed)
    {
        byte[] disk = new byte[3 << 20];
        new Random(seed).NextBytes(disk.AsSpan(0, 1 << 20));
        new Random(seed).NextBytes(disk.AsSpan(2 << 20));
        (disk[510], disk[511]) = (0x55, 0xaa);
        return disk;
    }

    private static void Push(FakeRegistry registry, byte[] disk, bool artifact)
    {
        if (artifact)
        {
            FakeImage.PushArtifact(registry, "org/podvm", [("podvm.raw", disk)], "1");
            return;
        }

        using MemoryStream layer = new();
        using (System.Formats.Tar.TarWriter tar = new(layer, leaveOpen: true))
            tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "disk/podvm.raw") { DataStream = new MemoryStream(disk) });
        FakeImage.Push(registry, "org/podvm", [("application/vnd.oci.image.layer.v1.tar", layer.ToArray())], tags: "1");
    }

    private byte[] Artifact(string place) => File.ReadAllBytes(Path.Combine(folder.Path, place, "my", "podvm.raw"));

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private string[] StageKeys(string place) =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, place, "my", "manifest.json")))!["run"]!["stages"]!.AsArray().Select(s => $"{s!["name"]} {s["key"]}").Order(StringComparer.Ordinal)];

    private async Task OkAsync(params string[] arguments)
    {
        ExitCode code = await RunAsync(arguments);
        Assert.True(code == ExitCode.Ok, $"{string.Join(' ', arguments)}: {code}\n{output}\n{errors}");
    }

    private async Task<ExitCode> RunAsync(params string[] arguments)
    {
        using StringWriter said = new(CultureInfo.InvariantCulture);
        using StringWriter told = new(CultureInfo.InvariantCulture);
        using Shutdown shutdown = new();
        Dictionary<string, string> variables = new() { ["HOME"] = folder.Path, ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" };
        HostEnvironment environment = new() { Variables = variables, CurrentFolder = folder.Path, Root = Approved.Root, IsRoot = Environment.IsPrivilegedProcess, Processors = 2 };
        ExitCode code = await new FactoryHost(environment, new HostConsole(said, told), TimeProvider.System, shutdown).RunAsync(arguments);
        (output, errors) = (said.ToString(), told.ToString());
        return code;
    }
}
