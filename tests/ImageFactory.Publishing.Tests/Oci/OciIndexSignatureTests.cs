using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Testing.Registry;
using ImageFactory.Trust.Keys;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>The index of several architectures is signed when all its images are, and never outlived by its signatures.</summary>
public sealed class OciIndexSignatureTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task The_newest_index_alone_is_signed()
    {
        await using RegistryPlace place = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(TestKey.Make(scratch["key"], "EC"));

        await PublishedAsync(place, "a", Architecture.X64, signer);
        string first = SignatureOfIndex(place);
        await PublishedAsync(place, "b", Architecture.S390x, signer);
        string second = SignatureOfIndex(place);
        Publication again = await PublishedAsync(place, "b", Architecture.S390x, signer);

        Assert.Null(place.Fake.Manifest(RegistryPlace.Repository, first));
        byte[] manifest = place.Fake.Manifest(RegistryPlace.Repository, second)!;
        JsonNode layer = JsonNode.Parse(manifest)!["layers"]![0]!;
        byte[] claim = place.Fake.Blob(RegistryPlace.Repository, (string)layer["digest"]!)!;
        Assert.Equal(FakeRegistry.DigestOf(place.Fake.Manifest(RegistryPlace.Repository, "v1")!), (string?)JsonNode.Parse(claim)!["critical"]!["image"]!["docker-manifest-digest"]);
        Assert.True(again.Adopted);
        Assert.Equal(FakeRegistry.DigestOf(manifest), again.Objects["index-signature"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_image_without_a_signature_of_this_key_keeps_the_index_from_being_signed(bool byAnother)
    {
        await using RegistryPlace place = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(TestKey.Make(scratch["key"], "EC"));
        using ISigner other = await TestKey.OpenAsync(TestKey.Make(scratch["other"], "EC"));
        await PublishedAsync(place, "a", Architecture.X64, byAnother ? other : null);

        Publication publication = await PublishedAsync(place, "b", Architecture.S390x, signer);

        Assert.Null(place.Fake.Manifest(RegistryPlace.Repository, SignatureOfIndex(place)));
        Assert.DoesNotContain("index-signature", publication.Objects.Keys);
        Fault warning = Assert.Single(place.Events.All.OfType<Pipeline.Faulted>()).Fault;
        Assert.Equal(("IFU707", Severity.Warning), (warning.Code, warning.Severity));
        Assert.Contains("amd64", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_it_cannot_be_signed_the_former_index_is_back_with_its_signature()
    {
        await using RegistryPlace place = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(TestKey.Make(scratch["key"], "EC"));
        await PublishedAsync(place, "a", Architecture.X64, signer);
        IReadOnlyList<string> before = place.Everything();
        int signatures = 0;
        place.Fake.Interfere = context =>
        {
            // The second of this publish is that of the index; the first is the image's own.
            bool refused = context.Request.Method == "PUT" && context.Request.Path.Value!.EndsWith(".sig", StringComparison.Ordinal) && ++signatures == 2;
            if (refused)
                context.Response.StatusCode = 403;
            return Task.FromResult(refused);
        };

        DestinationResult failed = await PublishAsync(place, "b", Architecture.S390x, signer);
        place.Fake.Interfere = _ => Task.FromResult(false);

        Assert.False(failed.Succeeded);
        Assert.Equal(2, signatures);
        Assert.Equal(before.Where(b => b.Contains("podvm:", StringComparison.Ordinal)), place.Everything().Where(b => b.Contains("podvm:", StringComparison.Ordinal)));
        Assert.NotNull(place.Fake.Manifest(RegistryPlace.Repository, SignatureOfIndex(place)));
        await PublishedAsync(place, "b", Architecture.S390x, signer);
        Assert.NotNull(place.Fake.Manifest(RegistryPlace.Repository, SignatureOfIndex(place)));
    }

    [Fact]
    public async Task With_its_images_the_index_and_its_signature_go()
    {
        await using RegistryPlace place = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(TestKey.Make(scratch["key"], "EC"));
        await PublishedAsync(place, "a", Architecture.X64, signer);
        await PublishedAsync(place, "b", Architecture.S390x, signer);
        string both = SignatureOfIndex(place);

        await UnpublishedAsync(place, "b");
        byte[]? stale = place.Fake.Manifest(RegistryPlace.Repository, both);
        await UnpublishedAsync(place, "a");

        Assert.Null(stale);
        Assert.DoesNotContain(place.Everything(), e => e.Contains("podvm:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signature_of_an_index_that_is_gone_is_an_orphan()
    {
        await using RegistryPlace place = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(TestKey.Make(scratch["key"], "EC"));
        await PublishedAsync(place, "a", Architecture.X64, signer);
        string signature = SignatureOfIndex(place);
        await PublishedAsync(place, "c", Architecture.X64, null);

        await using PreparedDestination destination = place.Destination("tester");
        bool wasThere = place.Fake.Manifest(RegistryPlace.Repository, signature) is not null;
        RemovalResult collected = await new PublishRun(scratch["journals"], place.Events, TimeProvider.System).CollectAsync([destination], remove: true, Never);

        Assert.True(wasThere);
        Assert.Equal([signature], collected.Objects.Select(o => o.Object.Name));
        Assert.Null(place.Fake.Manifest(RegistryPlace.Repository, signature));
    }

    private static Task<RegistryPlace> StartAsync() => RegistryPlace.StartAsync(r => new OciImageDestination { Image = r + ":v1", MultiArch = true });

    /// <summary>The tag that the signature of what is under the tag has, by cosign's rule.</summary>
    private static string SignatureOfIndex(RegistryPlace place) => $"{FakeRegistry.DigestOf(place.Fake.Manifest(RegistryPlace.Repository, "v1")!).Replace(':', '-')}.sig";

    private async Task<Publication> PublishedAsync(RegistryPlace place, string digestOf, Architecture architecture, ISigner? signer)
    {
        DestinationResult result = await PublishAsync(place, digestOf, architecture, signer);
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private async Task<DestinationResult> PublishAsync(RegistryPlace place, string digestOf, Architecture architecture, ISigner? signer)
    {
        PublishableImage image = OciPublisherTests.Sample(SparseDisk.Make(scratch["disk-" + digestOf], 1 << 20, 2, digestOf[0]), digestOf);
        image = image with { Description = image.Description with { Architecture = architecture }, Signing = signer is null ? null : TestKey.Signing(signer) };
        await using PreparedDestination destination = place.Destination("tester");
        return Assert.Single(await new PublishRun(scratch["journals"], place.Events, TimeProvider.System).PublishAsync([destination], image, stopAtFirst: false, Never));
    }

    private static async Task UnpublishedAsync(RegistryPlace place, string digestOf)
    {
        await using PreparedDestination destination = place.Destination("tester");
        Assert.Empty((await PublishRun.UnpublishAsync([destination], Sha256.Of(digestOf), force: false, Never)).Faults);
    }
}
