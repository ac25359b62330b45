using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Registry.Tests;

/// <summary>Signatures made here by hand after cosign's SIGNATURE_SPEC: the statement is a layer of the tag sha256-HEX.sig, its signature an annotation.</summary>
public sealed class SignatureTests : IAsyncLifetime
{
    private readonly Place place = new();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private FakeRegistry registry = null!;
    private string digest = "";

    private string Image => $"{registry.Host}/org/image:v1";

    public async ValueTask InitializeAsync()
    {
        registry = await FakeRegistry.StartAsync();
        digest = FakeImage.Push(registry, "org/image", [(FakeImage.Layer, [1, 2, 3])], tags: "v1");
        place.AcceptPlain(registry.Host);
        place.Write("key.pub", key.ExportSubjectPublicKeyInfoPem());
    }

    public async ValueTask DisposeAsync()
    {
        await registry.DisposeAsync();
        key.Dispose();
        place.Dispose();
    }

    [Fact]
    public async Task Without_a_policy_a_warning_says_that_nothing_was_checked()
    {
        Assert.Contains((await place.ResolveAsync(Image)).Warnings, w => w.Code == "IFO605" && w.Severity == Severity.Warning);
    }

    [Fact]
    public async Task A_policy_that_accepts_anything_is_warned_of()
    {
        place.Write("policy.json", """{"default":[{"type":"insecureAcceptAnything"}]}""");

        Assert.Contains("policy.json", (await place.ResolveAsync(Image)).Warnings.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_that_rejects_ends_the_pull()
    {
        place.Write("policy.json", """{"default":[{"type":"reject"}]}""");

        Assert.Equal("IFO601", (await place.FaultsAsync(Image)).Single().Code);
    }

    [Fact]
    public async Task The_narrowest_scope_decides()
    {
        place.Write("policy.json", $$"""
            {"default":[{"type":"reject"}],
             "transports":{"docker":{"{{registry.Host}}":[{"type":"reject"}],"{{registry.Host}}/org":[{"type":"insecureAcceptAnything"}],"{{registry.Host}}/organ":[{"type":"reject"}] } } }
            """);

        Assert.Equal("IFO605", (await place.ResolveAsync(Image)).Warnings.Single().Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signature_by_the_key_is_accepted_without_a_warning(bool rsa)
    {
        using RSA rsaKey = RSA.Create(2048);
        if (rsa)
            place.Write("key.pub", rsaKey.ExportSubjectPublicKeyInfoPem());
        Demand();
        byte[] statement = Statement($"{registry.Host}/org/image", digest);
        Sign(statement, rsa ? rsaKey.SignData(statement, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : SignatureOf(statement));

        Assert.Empty((await place.ResolveAsync(Image)).Warnings);
    }

    [Fact]
    public async Task A_signature_over_the_index_covers_what_it_names()
    {
        Demand();
        string index = FakeImage.PushIndex(registry, "org/image", [(digest, "amd64")], "v2");
        byte[] statement = Statement($"{registry.Host}/org/image", index);
        Sign(statement, SignatureOf(statement), index);

        Assert.Empty((await place.ResolveAsync($"{registry.Host}/org/image:v2")).Warnings);
    }

    [Fact]
    public async Task An_unsigned_image_is_refused()
    {
        Demand();

        Fault fault = Assert.Single(await place.FaultsAsync(Image));

        Assert.Equal(("IFO602", ExitCode.NotPermitted), (fault.Code, fault.ExitCode));
    }

    [Fact]
    public async Task A_signature_by_another_key_is_refused()
    {
        Demand();
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] statement = Statement($"{registry.Host}/org/image", digest);
        Sign(statement, other.SignData(statement, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        await RefusedAsync("another key");
    }

    [Fact]
    public async Task A_signature_over_another_image_is_refused()
    {
        Demand();
        byte[] statement = Statement($"{registry.Host}/org/image", "sha256:" + new string('0', 64));
        Sign(statement, SignatureOf(statement));

        await RefusedAsync("another image");
    }

    [Fact]
    public async Task A_signature_for_another_name_is_refused()
    {
        Demand();
        byte[] statement = Statement("quay.io/somebody/else", digest);
        Sign(statement, SignatureOf(statement));

        await RefusedAsync("quay.io/somebody/else");
    }

    [Theory]
    [InlineData("""{"type":"matchExact"}""", "/org/image:v1", true)]
    [InlineData("""{"type":"matchExact"}""", "/org/image:v2", false)]
    [InlineData("""{"type":"matchExact"}""", "/org/image", false)]
    [InlineData("""{"type":"matchRepoDigestOrExact"}""", "/org/image:v1", true)]
    [InlineData("""{"type":"matchRepoDigestOrExact"}""", "/org/image:v2", false)]
    [InlineData("""{"type":"matchRepository"}""", "/org/image:v2", true)]
    [InlineData("""{"type":"matchRepository"}""", "/org/other", false)]
    public async Task The_name_that_was_signed_must_be_the_one_the_policy_wants(string identity, string signed, bool accepted)
    {
        Demand(identity);
        byte[] statement = Statement(registry.Host + signed, digest);
        Sign(statement, SignatureOf(statement));

        if (accepted)
            Assert.Empty((await place.ResolveAsync(Image)).Warnings);
        else
            await RefusedAsync(signed);
    }

    [Theory]
    [InlineData("quay.io/upstream/image:v1", true)]
    [InlineData("quay.io/other/image:v1", false)]
    public async Task A_mirrored_name_is_mapped_to_the_signed_one(string signed, bool accepted)
    {
        Demand($$"""{"type":"remapIdentity","prefix":"{{registry.Host}}/org","signedPrefix":"quay.io/upstream"}""");
        byte[] statement = Statement(signed, digest);
        Sign(statement, SignatureOf(statement));

        if (accepted)
            Assert.Empty((await place.ResolveAsync(Image)).Warnings);
        else
            await RefusedAsync(signed);
    }

    [Fact]
    public async Task A_statement_that_was_changed_is_refused()
    {
        Demand();
        byte[] statement = Statement($"{registry.Host}/org/image", digest);
        byte[] signature = SignatureOf(statement);
        statement[^2] = (byte)' ';
        Sign(statement, signature);

        await RefusedAsync("another key");
    }

    [Theory]
    [InlineData("""{"type":"signedBy","keyType":"GPGKeys","keyPath":"/x"}""")]
    [InlineData("""{"type":"sigstoreSigned","fulcio":{"caPath":"/x"}}""")]
    [InlineData("""{"type":"somethingNew"}""")]
    public async Task What_is_not_checked_here_lets_nothing_through(string requirement)
    {
        place.Write("policy.json", $$"""{"default":[{{requirement}}]}""");

        Assert.Equal("IFO604", (await place.FaultsAsync(Image)).Single().Code);
    }

    [Theory]
    [InlineData("""{"default":[]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned"}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"/nowhere/key.pub"}]}""")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyData":"bm8ga2V5"}]}""")]
    [InlineData("""{"transports":{}}""")]
    [InlineData("no json")]
    public void A_wrong_policy_ends_the_work(string text)
    {
        place.Write("policy.json", text);

        Assert.Equal("IFO207", Assert.Throws<FactoryException>(place.Client).Faults.Single().Code);
    }

    /// <summary>The policy of the machine that builds counts, wherever the image was taken along.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signatures_are_taken_along_and_demanded_where_there_is_no_registry(bool signed)
    {
        byte[] statement = Statement($"{registry.Host}/org/image", digest);
        if (signed)
            Sign(statement, SignatureOf(statement));
        CarriedImages carried = await CollectAsync();
        await registry.DisposeAsync();
        Demand();
        using RegistryClient client = new(new RegistrySettings { PolicyFile = place["policy.json"], Carried = carried }, TimeProvider.System);
        ImageReference image = ImageReference.Parse($"{Image}@{digest}");

        if (signed)
            Assert.Empty((await client.ResolveAsync(image, Architecture.X64, TestContext.Current.CancellationToken)).Warnings);
        else
            Assert.Equal("IFO602", (await Assert.ThrowsAsync<FactoryException>(() => client.ResolveAsync(image, Architecture.X64, TestContext.Current.CancellationToken))).Faults.Single().Code);
    }

    private async Task<CarriedImages> CollectAsync()
    {
        using RegistryClient client = place.Client();
        CollectedImage collected = await ImageCollector.CollectAsync(client, ImageReference.Parse($"{Image}@{digest}"), Architecture.X64, whole: true, TestContext.Current.CancellationToken);
        Dictionary<ContentDigest, byte[]> held = [];
        foreach (CollectedContent content in collected.Contents)
        {
            using MemoryStream copy = new();
            await using (Stream stream = content.Open())
                await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
            Assert.Equal(content.Size, copy.Length);
            held[content.Digest] = copy.ToArray();
        }

        return new CarriedImages(collected.Manifests, d => held.TryGetValue(d, out byte[]? bytes) ? new MemoryStream(bytes) : null);
    }

    private static byte[] Statement(string name, string digest) => Encoding.UTF8.GetBytes(
        $$$"""{"critical":{"identity":{"docker-reference":"{{{name}}}"},"image":{"docker-manifest-digest":"{{{digest}}}"},"type":"cosign container image signature"},"optional":null}""");

    private byte[] SignatureOf(byte[] statement) => key.SignData(statement, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private void Demand(string? identity = """{"type":"matchRepository"}""") => place.Write("policy.json", $$"""
        {"default":[{"type":"reject"}],"transports":{"docker":{"{{registry.Host}}":[{"type":"sigstoreSigned","keyPath":"{{place["key.pub"]}}","signedIdentity":{{identity}} }] } } }
        """);

    private void Sign(byte[] statement, byte[] signature, string? of = null)
    {
        string statementDigest = registry.AddBlob("org/image", statement);
        string config = registry.AddBlob("org/image", "{}"u8.ToArray());
        string json = $$$"""
            {"schemaVersion":2,"mediaType":"{{{FakeImage.Manifest}}}","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{config}}}","size":2},
             "layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":"{{{statementDigest}}}","size":{{{statement.Length}}},
              "annotations":{"dev.cosignproject.cosign/signature":"{{{Convert.ToBase64String(signature)}}}"}}]}
            """;
        registry.AddManifest("org/image", FakeImage.Manifest, json, (of ?? digest).Replace(':', '-') + ".sig");
    }

    private async Task RefusedAsync(string says)
    {
        Fault fault = Assert.Single(await place.FaultsAsync(Image));
        Assert.Equal("IFO603", fault.Code);
        Assert.Contains(says, fault.Detail!, StringComparison.Ordinal);
    }
}
