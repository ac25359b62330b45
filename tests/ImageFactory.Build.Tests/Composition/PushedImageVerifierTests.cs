using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Registry;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;
using ImageFactory.Testing.Registry;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Tests.Composition;

/// <summary>An image that was pushed into Debian's docker-registry, and damaged there, in its folder.</summary>
[Trait("needs", "docker-registry")]
public sealed class PushedImageVerifierTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    private static IProgramRunner Programs => new ProgramRunner(ProgramEnvironment.From(new Dictionary<string, string>()), new RecordingReporter(), TimeProvider.System);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_as_it_was_pushed_is_verified_wholly(bool asContainer)
    {
        await using RealRegistry registry = await StartAsync();
        string key = Key("sign");
        Publication publication = await PublishAsync(registry, key, asContainer);

        (Verification verification, IReadOnlyList<PulledImage> pulled) = await VerifyAsync(registry, publication, key);

        Assert.True(verification.Succeeded, string.Join('\n', verification.Lines));
        Assert.Equal(["bundle", "bundle", "notes.txt", "provenance", "signature"], verification.Lines.Where(l => l.Outcome == VerificationOutcome.Verified && !l.Subject.Contains('@', StringComparison.Ordinal)).Select(l => l.Subject).Order(StringComparer.Ordinal));
        Assert.Single(pulled);
    }

    [Fact]
    public async Task Without_a_key_only_digests_are_claimed_to_hold()
    {
        await using RealRegistry registry = await StartAsync();
        Publication publication = await PublishAsync(registry, Key("sign"), asContainer: false);

        (Verification verification, _) = await VerifyAsync(registry, publication, null);

        Assert.True(verification.Succeeded);
        Assert.Single(verification.Lines, l => l.Outcome == VerificationOutcome.Verified);
        Assert.Equal(["notes.txt", "signatures"], verification.Lines.Where(l => l.Outcome == VerificationOutcome.NotVerified).Select(l => l.Subject).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Another_key_vouches_for_nothing()
    {
        await using RealRegistry registry = await StartAsync();
        Publication publication = await PublishAsync(registry, Key("sign"), asContainer: false);

        (Verification verification, _) = await VerifyAsync(registry, publication, Key("other"));

        Assert.Equal(["IFV604", "IFV604"], verification.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task An_image_that_nobody_signed_does_not_pass_for_signed()
    {
        await using RealRegistry registry = await StartAsync();
        Publication publication = await PublishAsync(registry, null, asContainer: false);

        (Verification verification, _) = await VerifyAsync(registry, publication, Key("sign"));

        Assert.Equal(["IFV604", "IFV604"], verification.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task What_somebody_else_attaches_is_told_from_what_was_signed()
    {
        await using RealRegistry registry = await StartAsync();
        string key = Key("sign");
        await PublishAsync(registry, key, asContainer: false);
        Publication publication = await PublishAsync(registry, null, asContainer: false, "forged");

        (Verification verification, _) = await VerifyAsync(registry, publication, key);

        Assert.Equal(["IFV605"], verification.Faults.Select(f => f.Code));
        Assert.Contains("notes.txt", verification.Faults[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_changed_byte_in_any_stored_object_is_found()
    {
        await using RealRegistry registry = await StartAsync();
        string key = Key("sign");
        Publication publication = await PublishAsync(registry, key, asContainer: false);
        string[] blobs = [.. Directory.EnumerateFiles(Path.Combine(registry.Folder, "data"), "data", SearchOption.AllDirectories)];
        Assert.InRange(blobs.Length, 10, 30);
        int found = 0;
        foreach (string blob in blobs)
        {
            byte[] good = await File.ReadAllBytesAsync(blob, Never);
            byte[] bad = [.. good];
            bad[PlaceIn(good)] ^= 1;
            await File.WriteAllBytesAsync(blob, bad, Never);
            if (await IsFoundAsync())
                found++;
            else
                Assert.True(IsUnread(good), $"a change in this was not found: {Encoding.UTF8.GetString(good)}");
            await File.WriteAllBytesAsync(blob, good, Never);
        }

        // The disk, three attached or signed texts and their manifests at least.
        Assert.InRange(found, 8, blobs.Length);

        async Task<bool> IsFoundAsync()
        {
            try
            {
                return !(await VerifyAsync(registry, publication, key)).Verification.Succeeded;
            }
            catch (FactoryException e)
            {
                return e.Faults.Count > 0;
            }
        }

        // Tags of signatures are not pinned by anything: what counts in their manifests is which blobs they name.
        static int PlaceIn(byte[] blob) =>
            Encoding.UTF8.GetString(blob) is var text && text.Contains("\"schemaVersion\"", StringComparison.Ordinal) ? text.LastIndexOf("sha256:", StringComparison.Ordinal) + 10 : blob.Length / 2;

        // Configurations say nothing about the image, and lists of referrers that were replaced are named by nothing.
        static bool IsUnread(byte[] blob) =>
            Encoding.UTF8.GetString(blob) is var text && (text == "{}" || text.Contains("diff_ids", StringComparison.Ordinal) || text.Contains("\"manifests\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sign", VerificationOutcome.Verified)]
    [InlineData(null, VerificationOutcome.NotVerified)]
    [InlineData("other", VerificationOutcome.Wrong)]
    public async Task An_index_is_held_to_the_signature_that_it_has(string? signedWith, VerificationOutcome expected)
    {
        await using RealRegistry registry = await StartAsync();
        string key = Key("sign");
        Publication publication = await PublishAsync(registry, key, asContainer: true, multiArch: true);
        using RegistryClient client = new(Settings(registry), TimeProvider.System);
        Repository repository = client.OpenRepository(ImageReference.Parse($"{registry.Host}/org/podvm"));
        if (signedWith != "sign")
            await repository.DeleteManifestAsync(ContentDigest.Parse(publication.Objects["index-signature"]), Never);
        if (signedWith == "other")
        {
            // The signature of the image, under the tag of the index: a good one, and of something else.
            ContentDigest index = (await repository.FindManifestAsync("v1", Never))!.Digest;
            FetchedManifest signature = (await repository.FindManifestAsync(publication.Objects["signature"], Never))!;
            await repository.PutManifestAsync(SimpleSigning.TagOf(index), signature.MediaType, signature.Body, Never);
        }

        (Verification verification, IReadOnlyList<PulledImage> pulled) = await VerifyAsync(registry, null, key);

        Assert.Equal(expected, Assert.Single(verification.Lines, l => l.Subject == $"{registry.Host}/org/podvm:v1").Outcome);
        Assert.Equal(expected != VerificationOutcome.Wrong, verification.Succeeded);
        Assert.Single(pulled);
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_said_to_be_missing()
    {
        await using RealRegistry registry = await StartAsync();
        using RegistryClient client = new(Settings(registry), TimeProvider.System);

        FactoryException missing = await Assert.ThrowsAsync<FactoryException>(() =>
            new PushedImageVerifier(client, ImageReference.Parse($"{registry.Host}/org/none:v1"), null, new Verification()).RunAsync(new DirectoryInfo(folder.Path), Never));

        Assert.Equal("IFV603", missing.Faults[0].Code);
    }

    private static async Task<RealRegistry> StartAsync()
    {
        Assert.False(RealRegistry.Missing is not null && Environment.GetEnvironmentVariable("CI") == "true", RealRegistry.Missing);
        Assert.SkipWhen(RealRegistry.Missing is not null, RealRegistry.Missing ?? "");
        return await RealRegistry.StartAsync(Never);
    }

    private static RegistrySettings Settings(RealRegistry registry) => new() { AuthFiles = [registry.AuthFile], CertificateFolders = [registry.CertificateFolder] };

    private string Key(string name)
    {
        string key = Path.Combine(folder.Path, name + ".key");
        using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(key, made.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(key + ".pub", made.ExportSubjectPublicKeyInfoPem());
        return key;
    }

    private async Task<Publication> PublishAsync(RealRegistry registry, string? key, bool asContainer, string notes = "notes", bool multiArch = false)
    {
        string disk = Path.Combine(folder.Path, "disk");
        byte[] content = new byte[1 << 20];
        new Random(1).NextBytes(content.AsSpan(0, 200_000));
        await File.WriteAllBytesAsync(disk, content, Never);
        using ISigner? signer = key is null ? null : await Signers.OpenAsync(new SigningKeySource { KeyFile = key, Shown = key }, Programs, Never);
        PublishableImage image = new(new ImageDescription { Recipe = "sample", RecipeDigest = Sha256.Of("recipe"), Architecture = Model.Architecture.X64 }, disk, Sha256.Of(content))
        {
            Attachments = [new Attachment("notes", "notes.txt", Encoding.UTF8.GetBytes(notes))],
            Signing = signer is null ? null : new ImageSigning(signer, subjects => new Statement(subjects, Provenance.PredicateType, JsonNode.Parse("""{"buildDefinition":{}}""")!.AsObject())),
        };
        string name = $"{registry.Host}/org/podvm:v1";
        OciDestination destination = asContainer ? new OciImageDestination { Image = name, MultiArch = multiArch } : new OciArtifactDestination { Image = name };
        PublishSurroundings surroundings = new()
        {
            Environment = new Dictionary<string, string>(),
            Time = TimeProvider.System,
            Reporter = new RecordingReporter(),
            Processors = 2,
            Programs = Programs,
            Conceal = _ => { },
            Registries = Settings(registry),
        };
        DestinationSetting setting = new(destination, "tester", "here", surroundings);
        await using PreparedDestination prepared = new("registry", setting, PublisherKinds.Of(destination).Create(setting));
        DestinationResult result = Assert.Single(await new PublishRun(Path.Combine(folder.Path, "journals"), new RecordingReporter(), TimeProvider.System).PublishAsync([prepared], image, stopAtFirst: false, Never));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private async Task<(Verification Verification, IReadOnlyList<PulledImage> Pulled)> VerifyAsync(RealRegistry registry, Publication? publication, string? key)
    {
        Verification verification = new();
        VerificationKey? loaded = key is null ? null : VerificationKey.Load(key + ".pub", Programs);
        using RegistryClient client = new(Settings(registry) with { Attempts = 1 }, TimeProvider.System);
        ImageReference reference = ImageReference.Parse(registry.Host + "/org/podvm" + (publication is null ? ":v1" : "@" + publication.Objects["manifest"]));
        IReadOnlyList<PulledImage> pulled = await new PushedImageVerifier(client, reference, loaded, verification).RunAsync(Directory.CreateDirectory(Path.Combine(folder.Path, "pulled")), Never);
        return (verification, pulled);
    }
}
