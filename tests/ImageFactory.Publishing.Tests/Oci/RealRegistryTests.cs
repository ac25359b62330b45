using System.Text.Json.Nodes;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Tests;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>Debian's docker-registry over TLS with a login, and skopeo, which takes the image apart as the Job does.</summary>
[Trait("needs", "docker-registry")]
public sealed class RealRegistryTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Skopeo_finds_the_disk_that_was_pushed(bool multiArch)
    {
        await using RealRegistry registry = await StartAsync();
        string disk = SparseDisk.Make(scratch["disk"], 40 << 20, 20, 1);
        Publication publication = await PublishedAsync(registry, new OciImageDestination { Image = $"{registry.Host}/org/podvm:v1", MultiArch = multiArch }, disk);

        Tool.Run("skopeo", "copy", "--src-tls-verify=true", "--src-cert-dir", Path.Combine(registry.CertificateFolder, registry.Host), "--authfile", registry.AuthFile, $"docker://{registry.Host}/org/podvm:v1", $"dir:{scratch["copy"]}");

        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(scratch["copy"], "manifest.json"), Never))!;
        Assert.Equal(publication.Objects["manifest"], FakeRegistry.DigestOf(await File.ReadAllBytesAsync(Path.Combine(scratch["copy"], "manifest.json"), Never)));
        string layer = Path.Combine(scratch["copy"], ((string)manifest["layers"]![0]!["digest"]!)["sha256:".Length..]);
        Directory.CreateDirectory(scratch["root"]);
        Tool.Run("tar", "-xf", layer, "-C", scratch["root"]);
        Tool.Run("qemu-img", "check", Path.Combine(scratch["root"], "image", "podvm.qcow2"));
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", disk, Path.Combine(scratch["root"], "image", "podvm.qcow2"));
    }

    [Fact]
    public async Task An_artifact_comes_back_bit_equal_and_goes_again()
    {
        await using RealRegistry registry = await StartAsync();
        string disk = SparseDisk.Make(scratch["disk"], 9 << 20, 4, 2);
        OciArtifactDestination destination = new() { Image = $"{registry.Host}/org/podvm:v1" };
        Publication publication = await PublishedAsync(registry, destination, disk);
        Publication again = await PublishedAsync(registry, destination, disk);
        Assert.True(again.Adopted);
        Assert.Equal(publication.Id, again.Id);

        Tool.Run("skopeo", "copy", "--src-cert-dir", Path.Combine(registry.CertificateFolder, registry.Host), "--authfile", registry.AuthFile, $"docker://{registry.Host}/org/podvm@{publication.Objects["manifest"]}", $"dir:{scratch["copy"]}");
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(scratch["copy"], "manifest.json"), Never))!;
        using (IExtentSource back = DiskImage.Open(Path.Combine(scratch["copy"], ((string)manifest["layers"]![0]!["digest"]!)["sha256:".Length..])))
        {
            byte[] bytes = new byte[back.Length];
            back.Read(0, bytes);
            Assert.Equal(await File.ReadAllBytesAsync(disk, Never), bytes[..(9 << 20)]);
        }

        // What refers to it is found by the tag that stands for the list.
        string list = Tool.Run("skopeo", "inspect", "--raw", "--cert-dir", Path.Combine(registry.CertificateFolder, registry.Host), "--authfile", registry.AuthFile, $"docker://{registry.Host}/org/podvm:sha256-{publication.Objects["manifest"]["sha256:".Length..]}");
        Assert.Equal(2, JsonNode.Parse(list)!["manifests"]!.AsArray().Count);

        await using PreparedDestination prepared = Prepare(registry, destination);
        RemovalResult removed = await PublishRun.UnpublishAsync([prepared], Sha256.Of("image"), force: false, Never);
        Assert.Empty(removed.Faults);
        Assert.Equal(3, removed.Objects.Count);
        Assert.Empty((await PublishRun.UnpublishAsync([prepared], Sha256.Of("image"), force: false, Never)).Objects);
    }

    [Fact]
    public async Task Without_a_login_the_check_says_so()
    {
        await using RealRegistry registry = await StartAsync();
        File.Delete(registry.AuthFile);
        await using PreparedDestination destination = Prepare(registry, new OciImageDestination { Image = $"{registry.Host}/org/podvm:v1" });

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);

        Assert.Equal(["IFO303"], faults.Select(f => f.Code));
        Assert.Equal(ExitCode.NotPermitted, faults[0].ExitCode);
    }

    private static async Task<RealRegistry> StartAsync()
    {
        if (RealRegistry.Missing is { } reason)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail(reason);
            Assert.Skip(reason);
        }

        return await RealRegistry.StartAsync(Never);
    }

    private static PreparedDestination Prepare(RealRegistry registry, OciDestination destination)
    {
        RegistrySettings settings = new() { AuthFiles = [registry.AuthFile], CertificateFolders = [registry.CertificateFolder], PushPiece = 500_000 };
        DestinationSetting setting = Samples.Setting(destination, Samples.Surroundings() with { Registries = settings });
        return new PreparedDestination("registry", setting, PublisherKinds.Of(destination).Create(setting));
    }

    private async Task<Publication> PublishedAsync(RealRegistry registry, OciDestination destination, string disk)
    {
        await using PreparedDestination prepared = Prepare(registry, destination);
        DestinationResult result = Assert.Single(await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).PublishAsync([prepared], OciPublisherTests.Sample(disk, "image"), stopAtFirst: false, Never));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }
}
