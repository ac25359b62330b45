using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Registry;
using ImageFactory.Testing.Registry;
using ImageFactory.Trust.Keys;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>What is pushed is signed so that cosign takes it; docker-registry keeps no lists of referrers, so those are ours.</summary>
[Trait("needs", "docker-registry, cosign")]
public sealed class SignedImageTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("EC")]
    [InlineData("ED25519")]
    public async Task Cosign_takes_signature_and_provenance(string algorithm)
    {
        string cosign = Cosign();
        await using RealRegistry registry = await StartAsync();
        string key = Key(algorithm);
        using ISigner signer = await TestKey.OpenAsync(key);
        Publication publication = await PublishedAsync(registry, signer);
        string reference = $"{registry.Host}/org/podvm@{publication.Objects["manifest"]}";

        (int code, string said) = Run(cosign, registry, "verify", "--key", key + ".pub", "--insecure-ignore-tlog", reference);
        Assert.True(code == 0, said);
        (code, said) = Run(cosign, registry, "verify-attestation", "--key", key + ".pub", "--insecure-ignore-tlog", "--type", "slsaprovenance1", reference);
        Assert.True(code == 0, said);

        Assert.NotEqual(0, Run(cosign, registry, "verify", "--key", Key("EC", "other") + ".pub", "--insecure-ignore-tlog", reference).Code);
        Assert.NotEqual(0, Run(cosign, registry, "verify-attestation", "--key", key + ".pub", "--insecure-ignore-tlog", "--type", "spdxjson", reference).Code);
    }

    [Theory]
    [InlineData("signature", "attestation")]
    [InlineData("signature-bundle", "provenance-bundle")]
    public async Task Each_form_alone_is_enough_for_cosign(string signature, string provenance)
    {
        string cosign = Cosign();
        await using RealRegistry registry = await StartAsync();
        string key = Key("EC");
        using ISigner signer = await TestKey.OpenAsync(key);
        Publication publication = await PublishedAsync(registry, signer);
        using RegistryClient client = new(Settings(registry), TimeProvider.System);
        Registry.Pushing.Repository repository = client.OpenRepository(Registry.References.ImageReference.Parse($"{registry.Host}/org/podvm"));
        foreach (string other in new[] { "signature", "attestation", "signature-bundle", "provenance-bundle" }.Except([signature, provenance]))
        {
            Registry.References.ContentDigest digest = Registry.References.ContentDigest.Parse(publication.Objects[other]);
            await repository.UnlistReferrerAsync(Registry.References.ContentDigest.Parse(publication.Objects["manifest"]), digest, Never);
            await repository.DeleteManifestAsync(digest, Never);
        }

        string reference = $"{registry.Host}/org/podvm@{publication.Objects["manifest"]}";

        (int code, string said) = Run(cosign, registry, "verify", "--key", key + ".pub", "--insecure-ignore-tlog", reference);
        Assert.True(code == 0, said);
        (code, said) = Run(cosign, registry, "verify-attestation", "--key", key + ".pub", "--insecure-ignore-tlog", "--type", "slsaprovenance1", reference);
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task A_signature_of_somebody_else_stays_and_is_not_made_twice()
    {
        string cosign = Cosign();
        await using RealRegistry registry = await StartAsync();
        string first = Key("EC", "first");
        string second = Key("EC", "second");
        using ISigner one = await TestKey.OpenAsync(first);
        using ISigner two = await TestKey.OpenAsync(second);
        Publication publication = await PublishedAsync(registry, one);
        Publication again = await PublishedAsync(registry, one);
        await PublishedAsync(registry, two);
        string reference = $"{registry.Host}/org/podvm@{publication.Objects["manifest"]}";

        Assert.True(again.Adopted);
        Assert.Equal(publication.Objects.OrderBy(o => o.Key, StringComparer.Ordinal), again.Objects.OrderBy(o => o.Key, StringComparer.Ordinal));
        Assert.Equal(0, Run(cosign, registry, "verify", "--key", first + ".pub", "--insecure-ignore-tlog", reference).Code);
        Assert.Equal(0, Run(cosign, registry, "verify", "--key", second + ".pub", "--insecure-ignore-tlog", reference).Code);
    }

    /// <summary>Who asks by the tag is given the index.</summary>
    [Fact]
    public async Task Cosign_takes_the_tag_of_several_architectures()
    {
        string cosign = Cosign();
        await using RealRegistry registry = await StartAsync();
        string key = Key("EC");
        using ISigner signer = await TestKey.OpenAsync(key);
        OciImageDestination destination = new() { Image = $"{registry.Host}/org/podvm:v1", MultiArch = true };
        string disk = SparseDisk.Make(scratch["disk"], 1 << 20, 2, 1);
        foreach (Architecture architecture in (Architecture[])[Architecture.X64, Architecture.S390x])
        {
            PublishableImage image = OciPublisherTests.Sample(disk, architecture.ToString());
            image = image with { Description = image.Description with { Architecture = architecture }, Signing = TestKey.Signing(signer) };
            await using PreparedDestination prepared = Prepare(registry, destination);
            DestinationResult result = Assert.Single(await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).PublishAsync([prepared], image, stopAtFirst: false, Never));
            Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        }

        (int code, string said) = Run(cosign, registry, "verify", "--key", key + ".pub", "--insecure-ignore-tlog", destination.Image);

        Assert.True(code == 0, said);
        Assert.NotEqual(0, Run(cosign, registry, "verify", "--key", Key("EC", "other") + ".pub", "--insecure-ignore-tlog", destination.Image).Code);
    }

    [Fact]
    public async Task Whoever_takes_the_image_away_takes_its_signatures_too()
    {
        await using RealRegistry registry = await StartAsync();
        using ISigner signer = await TestKey.OpenAsync(Key("EC"));
        Publication publication = await PublishedAsync(registry, signer);
        await using PreparedDestination prepared = Prepare(registry);

        RemovalResult removed = await PublishRun.UnpublishAsync([prepared], Sha256.Of("image"), force: false, Never);

        Assert.Empty(removed.Faults);
        using RegistryClient client = new(Settings(registry), TimeProvider.System);
        Assert.Empty(await client.OpenRepository(Registry.References.ImageReference.Parse($"{registry.Host}/org/podvm")).TagsAsync(Never));
        Assert.Empty(publication.Objects.Where(o => o.Key != "tag").Select(o => o.Value).Except(removed.Objects.Select(o => o.Object.Id.Split(' ')[^1])));
    }

    private static string Cosign()
    {
        string? found = new[] { Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin" }.Select(f => Path.Combine(f, "cosign")).FirstOrDefault(File.Exists);
        Assert.False(found is null && Environment.GetEnvironmentVariable("CI") == "true", "cosign is not there");
        Assert.SkipWhen(found is null, "cosign is not there");
        return found!;
    }

    private static async Task<RealRegistry> StartAsync()
    {
        Assert.False(RealRegistry.Missing is not null && Environment.GetEnvironmentVariable("CI") == "true", RealRegistry.Missing);
        Assert.SkipWhen(RealRegistry.Missing is not null, RealRegistry.Missing ?? "");
        return await RealRegistry.StartAsync(Never);
    }

    private string Key(string algorithm, string name = "sign") => TestKey.Make(scratch[name + ".key"], algorithm);

    private static RegistrySettings Settings(RealRegistry registry) => new() { AuthFiles = [registry.AuthFile], CertificateFolders = [registry.CertificateFolder] };

    private static PreparedDestination Prepare(RealRegistry registry, OciDestination? asked = null)
    {
        OciDestination destination = asked ?? new OciArtifactDestination { Image = $"{registry.Host}/org/podvm:v1" };
        DestinationSetting setting = Samples.Setting(destination, Samples.Surroundings() with { Registries = Settings(registry) });
        return new PreparedDestination("registry", setting, PublisherKinds.Of(destination).Create(setting));
    }

    private async Task<Publication> PublishedAsync(RealRegistry registry, ISigner signer)
    {
        string disk = SparseDisk.Make(scratch["disk"], 1 << 20, 2, 1);
        PublishableImage image = OciPublisherTests.Sample(disk, "image") with { Signing = TestKey.Signing(signer) };
        await using PreparedDestination prepared = Prepare(registry);
        DestinationResult result = Assert.Single(await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).PublishAsync([prepared], image, stopAtFirst: false, Never));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private (int Code, string Said) Run(string program, RealRegistry registry, params string[] arguments)
    {
        Directory.CreateDirectory(scratch["docker"]);
        File.Copy(registry.AuthFile, scratch["docker/config.json"], overwrite: true);
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = scratch["docker"], ["DOCKER_CONFIG"] = scratch["docker"], ["SSL_CERT_FILE"] = Path.Combine(registry.CertificateFolder, registry.Host, "ca.crt") },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
