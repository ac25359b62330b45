using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Images.Tests;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Publishing.Tests.Oci;

public sealed class OciPublisherTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task The_container_has_disk_and_measurements_where_the_Job_looks_for_them()
    {
        await using RegistryPlace place = await ImageAsync();

        Publication publication = await PublishedAsync(place, Image("a"));

        JsonNode manifest = JsonNode.Parse(place.Fake.Manifest(RegistryPlace.Repository, "v1")!)!;
        Assert.Equal("application/vnd.oci.image.config.v1+json", (string?)manifest["config"]!["mediaType"]);
        byte[] second = place.Fake.Blob(RegistryPlace.Repository, (string)manifest["layers"]![1]!["digest"]!)!;
        Assert.Equal(MeasurementsText, Encoding.UTF8.GetString(RegistryPlace.MemberOf(second, "image/measurements.json")));
        JsonNode config = JsonNode.Parse(place.Fake.Blob(RegistryPlace.Repository, (string)manifest["config"]!["digest"]!)!)!;
        Assert.Equal("amd64", (string?)config["architecture"]);
        Assert.Equal(manifest["layers"]!.AsArray().Select(l => (string?)l!["digest"]), config["rootfs"]!["diff_ids"]!.AsArray().Select(d => (string?)d));
        Assert.Equal("sha256", (string?)manifest["annotations"]!["io.github.confidential-containers.measurements.algorithm"]);
        Assert.Equal("0x0a", (string?)manifest["annotations"]!["io.github.confidential-containers.measurements.pcr11"]);
        Assert.Equal("tester", (string?)manifest["annotations"]!["imagefactory-owner"]);
        Assert.Equal($"{place.Fake.Host}/{RegistryPlace.Repository}:v1@{publication.Objects["manifest"]}", publication.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Measurements_and_reference_values_refer_to_the_image(bool own)
    {
        await using RegistryPlace place = await ImageAsync();
        place.Fake.HasReferrers = own;

        Publication publication = await PublishedAsync(place, Image("a"));

        foreach (string name in (string[])["measurements-pcr.json", "rvps.json"])
        {
            JsonNode attached = JsonNode.Parse(place.Fake.Manifest(RegistryPlace.Repository, publication.Objects[name])!)!;
            Assert.Equal(publication.Objects["manifest"], (string?)attached["subject"]!["digest"]);
            Assert.Equal(name, (string?)attached["layers"]![0]!["annotations"]!["org.opencontainers.image.title"]);
        }

        string list = "sha256-" + publication.Objects["manifest"]["sha256:".Length..];
        Assert.Equal(own, place.Fake.Manifest(RegistryPlace.Repository, list) is null);
        if (!own)
            Assert.Equal(["application/vnd.imagefactory.measurements.v1+json", "application/vnd.imagefactory.reference-values.v1+json"], JsonNode.Parse(place.Fake.Manifest(RegistryPlace.Repository, list)!)!["manifests"]!.AsArray().Select(m => (string?)m!["artifactType"]));
    }

    [Fact]
    public async Task The_same_image_and_attachments_change_nothing_the_second_time()
    {
        await using RegistryPlace place = await ImageAsync();
        await PublishedAsync(place, Image("a"));
        IReadOnlyList<string> before = place.Everything();
        place.Fake.Requests.Clear();

        Publication again = await PublishedAsync(place, Image("a"));

        Assert.True(again.Adopted);
        Assert.Equal(before, place.Everything());
        Assert.DoesNotContain(place.Fake.Requests, r => r.StartsWith("PUT", StringComparison.Ordinal) || r.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_tag_moves_on_to_the_next_image_and_the_former_stays_under_its_own()
    {
        await using RegistryPlace place = await ImageAsync();
        Publication first = await PublishedAsync(place, Image("a"));
        Publication second = await PublishedAsync(place, Image("b"));

        Assert.NotEqual(first.Objects["manifest"], second.Objects["manifest"]);
        Assert.Equal(FakeRegistry.DigestOf(place.Fake.Manifest(RegistryPlace.Repository, "v1")!), second.Objects["manifest"]);
        Assert.NotNull(place.Fake.Manifest(RegistryPlace.Repository, first.Objects["manifest"]));

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult removed = await PublishRun.UnpublishAsync([destination], Sha256.Of("a"), force: false, Never);
        Assert.Empty(removed.Faults);
        Assert.Null(place.Fake.Manifest(RegistryPlace.Repository, first.Objects["manifest"]));
        Assert.NotNull(place.Fake.Manifest(RegistryPlace.Repository, "v1"));
    }

    [Fact]
    public async Task A_try_that_fails_puts_the_tag_back_to_the_former_image()
    {
        await using RegistryPlace place = await ImageAsync();
        Publication first = await PublishedAsync(place, Image("a"));
        IReadOnlyList<string> before = place.Everything();
        place.Fake.Lose = context => context.Request.Method == "PUT" && context.Request.Path.Value!.EndsWith("/manifests/v1", StringComparison.Ordinal);

        DestinationResult failed = await PublishAsync(place, Image("b"));

        Assert.Equal(["IFO301"], failed.Faults.Where(f => f.Severity == Severity.Error).Select(f => f.Code));
        Assert.Equal(before.Where(b => !b.Contains(":v1", StringComparison.Ordinal)), place.Everything().Where(b => !b.Contains(":v1", StringComparison.Ordinal)));

        // Restoring needs the same request, whose answers are lost too; it was acted on.
        Assert.Equal(first.Objects["manifest"], FakeRegistry.DigestOf(place.Fake.Manifest(RegistryPlace.Repository, "v1")!));
    }

    [Fact]
    public async Task Architectures_meet_in_one_index_and_leave_it_alone()
    {
        await using RegistryPlace place = await ImageAsync();
        place.Asked = place.Asked with { MultiArch = true };
        Publication x64 = await PublishedAsync(place, Image("a"));
        PublishableImage s390x = Image("b");
        Publication other = await PublishedAsync(place, s390x with { Description = s390x.Description with { Architecture = Architecture.S390x } });
        Publication newer = await PublishedAsync(place, Image("c"));

        Assert.Equal([("amd64", newer.Objects["manifest"]), ("s390x", other.Objects["manifest"])], Entries(place));
        Assert.NotEqual(x64.Objects["manifest"], newer.Objects["manifest"]);

        await using PreparedDestination destination = place.Destination("tester");
        Assert.Empty((await PublishRun.UnpublishAsync([destination], Sha256.Of("c"), force: false, Never)).Faults);
        Assert.Equal([("s390x", other.Objects["manifest"])], Entries(place));
    }

    [Fact]
    public async Task Nothing_of_others_is_replaced()
    {
        await using RegistryPlace place = await ImageAsync();
        FakeImage.Push(place.Fake, RegistryPlace.Repository, [(FakeImage.Layer, [1, 2, 3])], tags: "v1");
        IReadOnlyList<string> before = place.Everything();

        await using PreparedDestination destination = place.Destination("tester");
        Assert.Equal(["IFU702"], (await PublishRun.CheckAsync([destination], Samples.Description, Never)).Select(f => f.Code));
        Assert.Equal(["IFU702"], (await PublishAsync(place, Image("a"))).Faults.Select(f => f.Code));
        Assert.Equal(before, place.Everything());
    }

    [Fact]
    public async Task An_index_and_a_single_image_are_not_mixed_up()
    {
        await using RegistryPlace place = await ImageAsync();
        await PublishedAsync(place, Image("a"));
        place.Asked = place.Asked with { MultiArch = true };

        Assert.Equal(["IFU703"], (await PublishAsync(place, Image("b"))).Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task A_tag_of_somebody_keeps_the_image_unless_forced()
    {
        await using RegistryPlace place = await ImageAsync();
        await PublishedAsync(place, Image("a"));
        place.Fake.AddManifest(RegistryPlace.Repository, FakeImage.Manifest, Encoding.UTF8.GetString(place.Fake.Manifest(RegistryPlace.Repository, "v1")!), "production");

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult refused = await PublishRun.UnpublishAsync([destination], Sha256.Of("a"), force: false, Never);
        bool kept = place.Fake.Manifest(RegistryPlace.Repository, "production") is not null;
        RemovalResult forced = await PublishRun.UnpublishAsync([destination], Sha256.Of("a"), force: true, Never);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.True(kept);
        Assert.Empty(forced.Faults);
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task What_refers_to_an_image_that_somebody_deleted_is_an_orphan()
    {
        await using RegistryPlace place = await ImageAsync();
        place.Fake.HasReferrers = false;
        Publication publication = await PublishedAsync(place, Image("a"));
        place.Fake.RemoveManifest(RegistryPlace.Repository, publication.Objects["manifest"]);

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult collected = await new PublishRun(scratch["journals"], place.Events, TimeProvider.System).CollectAsync([destination], remove: true, Never);

        Assert.Empty(collected.Faults);
        Assert.Equal(2, collected.Objects.Count);
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task Blobs_of_a_named_repository_are_taken_over()
    {
        await using RegistryPlace place = await RegistryPlace.StartAsync(r => new OciArtifactDestination { Image = r + ":v1" });
        await PublishedAsync(place, Image("a"));
        place.Asked = place.Asked with { Image = $"{place.Fake.Host}/org/other:v1", MountFrom = RegistryPlace.Repository };
        long received = place.Fake.Received;

        Publication publication = await PublishedAsync(place, Image("a"));

        Assert.Equal(0, publication.BytesSent);
        Assert.Equal(received, place.Fake.Received);
        Assert.NotNull(place.Fake.Manifest("org/other", "v1"));
    }

    [Fact]
    public async Task Bytes_sent_follow_the_data_and_not_the_size_of_the_disk()
    {
        await using RegistryPlace place = await ImageAsync();
        string disk = SparseDisk.Make(scratch["large"], 64L << 30, 4, 1);

        Publication publication = await PublishedAsync(place, Samples.Image(disk, "large"));

        Assert.InRange(publication.BytesSent, 4 * 70_000, (4 * (70_000 + (5 * 65_536))) + (10 * 65_536));
    }

    [Fact]
    public async Task A_qcow2_image_is_sent_as_it_is()
    {
        await using RegistryPlace place = await RegistryPlace.StartAsync(r => new OciArtifactDestination { Image = r + ":v1" });
        string raw = SparseDisk.Make(scratch["raw"], 3 << 20, 3, 5);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", raw, scratch["disk.qcow2"]);
        byte[] file = await File.ReadAllBytesAsync(scratch["disk.qcow2"], Never);

        await PublishedAsync(place, new PublishableImage(Samples.Description, scratch["disk.qcow2"], Sha256.Of(file)));

        Assert.Equal(file, place.Fake.Blob(RegistryPlace.Repository, FakeRegistry.DigestOf(file)));
    }

    [Fact]
    public async Task Bad_settings_are_told_before_anything_is_asked()
    {
        await using RegistryPlace place = await RegistryPlace.StartAsync(r => new OciArtifactDestination { Image = r, MultiArch = true, MountFrom = "NO", ArtifactType = "disk" });
        await using PreparedDestination destination = place.Destination("tester");

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);

        Assert.Equal(["IFU704", "IFU701", "IFU706"], faults.Select(f => f.Code));
        Assert.Empty(place.Fake.Requests);
    }

    [Fact]
    public async Task A_registry_without_deletion_leaves_what_it_will_not_give_up_and_says_so()
    {
        await using RegistryPlace place = await ImageAsync();
        place.Fake.ForbidsDeletion = true;
        await PublishedAsync(place, Image("a"));

        await using PreparedDestination destination = place.Destination("tester");
        RemovalResult result = await PublishRun.UnpublishAsync([destination], Sha256.Of("a"), force: false, Never);

        Assert.Contains(result.Faults, f => f.Code == "IFO806");
        Assert.Equal(ExitCode.NotPermitted, result.Faults[0].ExitCode);
    }

    public const string MeasurementsText = """{"measurements":{"sha256":{"pcr04":"0x04","pcr11":"0x0a"}}}""";

    private PublishableImage Image(string name) => Sample(SparseDisk.Make(scratch[name], 2 << 20, 3, name[0]), name);

    internal static PublishableImage Sample(string disk, string name) => Samples.Image(disk, name) with
    {
        Attachments = [new Attachment("measurements", "measurements-pcr.json", Encoding.UTF8.GetBytes(MeasurementsText)), new Attachment("reference-values", "rvps.json", Encoding.UTF8.GetBytes("[]"))],
    };

    private static Task<RegistryPlace> ImageAsync() => RegistryPlace.StartAsync(r => new OciImageDestination { Image = r + ":v1" });

    private static IEnumerable<(string, string)> Entries(RegistryPlace place) =>
        JsonNode.Parse(place.Fake.Manifest(RegistryPlace.Repository, "v1")!)!["manifests"]!.AsArray().Select(m => ((string)m!["platform"]!["architecture"]!, (string)m["digest"]!));

    private async Task<Publication> PublishedAsync(RegistryPlace place, PublishableImage image)
    {
        DestinationResult result = await PublishAsync(place, image);
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private async Task<DestinationResult> PublishAsync(RegistryPlace place, PublishableImage image)
    {
        await using PreparedDestination destination = place.Destination("tester");
        return Assert.Single(await new PublishRun(scratch["journals"], place.Events, TimeProvider.System).PublishAsync([destination], image, stopAtFirst: false, Never));
    }
}
