using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Registry.Tests;

public sealed class PushTests : IDisposable
{
    private const int Piece = 100_000;
    private const string Name = "org/image";

    private static readonly byte[] Content = Noise(350_000);

    private readonly Place place = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_small_blob_goes_in_one_request()
    {
        await using FakeRegistry registry = await StartAsync();

        long sent = await PushAsync(registry, Noise(Piece));

        Assert.Equal(Piece, sent);
        Assert.Equal(Noise(Piece), registry.Blob(Name, FakeRegistry.DigestOf(Noise(Piece))));
        Assert.Equal(["POST", "PUT"], Methods(registry));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_large_blob_goes_in_pieces_that_join(bool relative)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.HasRelativeLocations = relative;

        long sent = await PushAsync(registry, Content);

        Assert.Equal(Content.Length, sent);
        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
        Assert.Equal(["POST", "PATCH", "PATCH", "PATCH", "PATCH", "PUT"], Methods(registry));
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        await using FakeRegistry registry = await StartAsync();

        Assert.Equal(0, await PushAsync(registry, []));
        Assert.Equal([], registry.Blob(Name, FakeRegistry.DigestOf([]))!);
    }

    [Fact]
    public async Task A_broken_piece_goes_on_where_the_registry_has_it()
    {
        await using FakeRegistry registry = await StartAsync();
        int patches = 0;
        registry.BreakAfter = context => context.Request.Method == "PATCH" && ++patches is 2 or 4 ? 30_000 : null;

        await PushAsync(registry, Content);

        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
        Assert.Equal(Content.Length, registry.Received);
    }

    [Fact]
    public async Task An_upload_that_is_forgotten_begins_anew()
    {
        await using FakeRegistry registry = await StartAsync();
        int patches = 0;
        registry.Interfere = context =>
        {
            if (context.Request.Method == "PATCH" && ++patches == 3)
                registry.ForgetUploads();
            return Task.FromResult(false);
        };

        await PushAsync(registry, Content);

        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
        Assert.Equal(2, Methods(registry).Count(m => m == "POST"));
    }

    [Fact]
    public async Task A_registry_that_takes_no_pieces_is_sent_the_whole()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.ForbidsPieces = true;

        await PushAsync(registry, Content);

        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
        Assert.Equal(0, registry.OpenUploads);
    }

    [Fact]
    public async Task Pieces_are_as_large_as_the_registry_wants_them()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.LeastPiece = 150_000;

        await PushAsync(registry, Content);

        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
        Assert.Equal(3, Methods(registry).Count(m => m == "PATCH"));
    }

    [Fact]
    public async Task Another_run_goes_on_with_an_upload()
    {
        await using FakeRegistry registry = await StartAsync();
        int patches = 0;
        registry.Interfere = context => Task.FromResult(context.Request.Method == "PATCH" && ++patches > 2 && Abort(context));
        string? session = null;
        await Assert.ThrowsAsync<FactoryException>(() => PushAsync(registry, Content, began: s => session = s));
        registry.Interfere = null;

        long sent = await PushAsync(registry, Content, session);

        Assert.Equal(Content.Length - (2 * Piece), sent);
        Assert.Equal(Content, registry.Blob(Name, FakeRegistry.DigestOf(Content)));
    }

    [Fact]
    public async Task The_lost_answer_of_a_finished_upload_costs_nothing()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Lose = context => context.Request.Method == "PUT";

        Assert.Equal(Content.Length, await PushAsync(registry, Content));
        Assert.Equal(Content.Length, registry.Received);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_of_the_digest_are_refused()
    {
        await using FakeRegistry registry = await StartAsync();
        Descriptor wrong = new("application/octet-stream", ContentDigest.Of(Noise(5)), Piece);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(async () =>
        {
            using RegistryClient client = Client();
            await Open(client, registry).PushBlobAsync(BlobToPush.Of(wrong, Noise(Piece)), null, null, null, Never);
        });

        Assert.Equal("IFO801", refused.Faults[0].Code);
    }

    [Fact]
    public async Task What_reading_the_disk_throws_comes_through()
    {
        await using FakeRegistry registry = await StartAsync();
        Fault damaged = new("IFI999", ExitCode.InvalidInput, "damaged");

        FactoryException thrown = await Assert.ThrowsAsync<FactoryException>(async () =>
        {
            using RegistryClient client = Client();
            await Open(client, registry).PushBlobAsync(new BlobToPush(DescriptorOf(Content), (_, _) => throw new FactoryException(damaged)), null, null, null, Never);
        });

        Assert.Equal(["IFI999"], thrown.Faults.Select(f => f.Code));
    }

    /// <summary>So says docker-registry while another pushes the same blob at that moment.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(100, false)]
    public async Task A_manifest_whose_blobs_are_unknown_for_a_moment_is_put_again(int refusals, bool stored)
    {
        await using FakeRegistry registry = await StartAsync();
        int puts = 0;
        registry.Interfere = async context =>
        {
            if (context.Request.Method != "PUT" || !context.Request.Path.Value!.Contains("/manifests/", StringComparison.Ordinal) || ++puts > refusals)
                return false;
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync("""{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"},{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}""", Never);
            return true;
        };
        using RegistryClient client = Client();

        Task<byte[]> put = ManifestAsync(Open(client, registry), null, "image", "v1");

        if (stored)
        {
            await put;
            Assert.Equal(refusals + 1, puts);
            return;
        }

        Fault fault = Assert.Single((await Assert.ThrowsAsync<FactoryException>(() => put)).Faults);
        Assert.Equal(("IFO305", "DIGEST_INVALID: provided digest did not match uploaded content\nMANIFEST_BLOB_UNKNOWN: blob unknown to registry"), (fault.Code, fault.Detail));
        Assert.Equal(place.Settings.Attempts, puts);
    }

    [Fact]
    public async Task A_blob_is_mounted_with_a_login_for_both_repositories()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        LogIn(registry);
        registry.AddBlob("org/base", Content);
        using RegistryClient client = Client();
        Repository repository = Open(client, registry);

        Assert.True(await repository.MountAsync(DescriptorOf(Content), "org/base", Never));
        Assert.True(await repository.HasBlobAsync(DescriptorOf(Content), Never));
        Assert.False(await repository.MountAsync(DescriptorOf(Noise(9)), "org/base", Never));
        Assert.Equal(0, registry.OpenUploads);
        Assert.Equal(0, registry.Received);
    }

    [Fact]
    public async Task Tokens_that_end_during_an_upload_are_renewed_before_a_piece_is_sent()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        registry.Tokens.ExpiresIn = 1;
        LogIn(registry);

        await PushAsync(registry, Content);

        Assert.Equal(Content.Length, registry.Received);
        Assert.All(registry.Requests.Where(r => r.StartsWith("PATCH", StringComparison.Ordinal)), r => Assert.EndsWith("Bearer", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_that_may_only_pull_is_told_by_the_check()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        registry.Tokens.Public.Add(Name);
        using RegistryClient client = Client();

        // Everybody may pull; nobody is logged in who may push.
        registry.Tokens.MayPush = false;
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => Open(client, registry).CheckPushAsync(Never));

        Assert.Equal("IFO303", refused.Faults[0].Code);
    }

    [Fact]
    public async Task A_check_leaves_nothing()
    {
        await using FakeRegistry registry = await StartAsync();
        using RegistryClient client = Client();

        await Open(client, registry).CheckPushAsync(Never);

        Assert.Empty(registry.Everything());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_attached_is_found_with_and_without_the_registrys_own_list(bool own)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.HasReferrers = own;
        using RegistryClient client = Client();
        Repository repository = Open(client, registry);
        byte[] subject = await ManifestAsync(repository, null, "subject", "v1");
        ContentDigest digest = ContentDigest.Of(subject);

        foreach (string kind in (string[])["sbom", "measurements", "sbom"])
        {
            byte[] attached = await ManifestAsync(repository, new Descriptor(MediaTypes.OciManifest, digest, subject.Length), kind, null);
            if (!own)
                await repository.ListReferrerAsync(digest, new Descriptor(MediaTypes.OciManifest, ContentDigest.Of(attached), attached.Length) { ArtifactType = $"application/vnd.test.{kind}" }, Never);
        }

        IReadOnlyList<Descriptor> found = await repository.ReferrersAsync(digest, Never);
        Assert.Equal(["application/vnd.test.measurements", "application/vnd.test.sbom"], found.Select(f => f.ArtifactType).Order(StringComparer.Ordinal));
        Assert.Equal(own ? ["v1"] : ["sha256-" + digest.Encoded, "v1"], await repository.TagsAsync(Never));

        foreach (Descriptor one in found)
        {
            if (!own)
                await repository.UnlistReferrerAsync(digest, one.Digest, Never);
            await repository.DeleteManifestAsync(one.Digest, Never);
        }

        Assert.Empty(await repository.ReferrersAsync(digest, Never));
        Assert.Equal(["v1"], await repository.TagsAsync(Never));
    }

    [Fact]
    public async Task A_tag_that_should_be_a_list_and_is_none_is_left_alone()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.HasReferrers = false;
        using RegistryClient client = Client();
        Repository repository = Open(client, registry);
        byte[] subject = await ManifestAsync(repository, null, "subject", "v1");
        await ManifestAsync(repository, null, "other", Repository.ListTagOf(ContentDigest.Of(subject)));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => repository.ListReferrerAsync(ContentDigest.Of(subject), DescriptorOf(subject), Never));

        Assert.Equal("IFO807", refused.Faults[0].Code);
    }

    [Fact]
    public async Task All_tags_are_found_page_by_page()
    {
        await using FakeRegistry registry = await StartAsync();
        using RegistryClient client = Client();
        Repository repository = Open(client, registry);
        Assert.Empty(await repository.TagsAsync(Never));
        string[] tags = [.. Enumerable.Range(1, 7).Select(i => string.Create(CultureInfo.InvariantCulture, $"v{i}"))];
        foreach (string tag in tags)
            await ManifestAsync(repository, null, "image", tag);

        Assert.Equal(tags, await repository.TagsAsync(Never));
    }

    [Fact]
    public async Task A_registry_without_deletion_says_what_to_do()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.ForbidsDeletion = true;
        using RegistryClient client = Client();
        Repository repository = Open(client, registry);
        byte[] manifest = await ManifestAsync(repository, null, "image", "v1");

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => repository.DeleteManifestAsync(ContentDigest.Of(manifest), Never));

        Assert.Equal("IFO806", refused.Faults[0].Code);
    }

    private static bool Abort(HttpContext context)
    {
        context.Abort();
        return true;
    }

    private static async Task<byte[]> ManifestAsync(Repository repository, Descriptor? subject, string kind, string? tag)
    {
        await repository.PushBlobAsync(BlobToPush.Of(ManifestText.EmptyDescriptor, ManifestText.Empty), null, null, null, Never);
        byte[] body = ManifestText.Manifest(ManifestText.EmptyDescriptor, [ManifestText.EmptyDescriptor], $"application/vnd.test.{kind}", new Dictionary<string, string>(), subject);
        await repository.PutManifestAsync(tag, MediaTypes.OciManifest, body, Never);
        return body;
    }

    private async Task<FakeRegistry> StartAsync()
    {
        FakeRegistry registry = await FakeRegistry.StartAsync();
        place.AcceptPlain(registry.Host);
        return registry;
    }

    private void LogIn(FakeRegistry registry) =>
        place.Write("auth.json", $$$$"""{"auths":{"{{{{registry.Host}}}}":{"auth":"{{{{Convert.ToBase64String("puller:geheim"u8)}}}}"}}}""");

    private RegistryClient Client() => new(place.Settings with { PushPiece = Piece }, TimeProvider.System);

    private static Repository Open(RegistryClient client, FakeRegistry registry) => client.OpenRepository(ImageReference.Parse($"{registry.Host}/{Name}:v1"));

    private async Task<long> PushAsync(FakeRegistry registry, byte[] content, string? session = null, Action<string>? began = null)
    {
        using RegistryClient client = Client();
        return await Open(client, registry).PushBlobAsync(BlobToPush.Of(DescriptorOf(content), content), session, began, null, Never);
    }

    private static Descriptor DescriptorOf(byte[] content) => new("application/octet-stream", ContentDigest.Of(content), content.Length);

    private static IEnumerable<string> Methods(FakeRegistry registry) => registry.Requests.Select(r => r.Split(' ')[0]).Where(m => m != "HEAD");

    private static byte[] Noise(int size)
    {
        byte[] noise = new byte[size];
        new Random(size).NextBytes(noise);
        return noise;
    }
}
