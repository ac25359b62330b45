using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Tests.Support;

namespace ImageFactory.Trust.Tests.Statements;

public sealed class EnvelopeTests : IDisposable
{
    private readonly Place place = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public void What_is_signed_is_encoded_as_the_specification_says()
    {
        Assert.Equal(Place.VectorBytes("dsse-hello.pae.bin"), DsseEnvelope.Encode("http://example.com/HelloWorld", "hello world"u8));
        Assert.Equal(Place.VectorBytes("statement.pae.bin"), DsseEnvelope.Encode(DsseEnvelope.InTotoType, Place.VectorBytes("statement.json")));

        // Lengths count bytes: the euro sign has three.
        Assert.Equal("DSSEv1 3 € 0 ", Encoding.UTF8.GetString(DsseEnvelope.Encode("€", [])));
    }

    [Theory]
    [InlineData("envelope.dsse.json", false)]
    [InlineData("bundle-prov.sigstore.json", true)]
    public async Task An_envelope_that_cosign_takes_holds_and_yields_its_statement(string file, bool isBundle)
    {
        VerificationKey key = VerificationKey.Load(Place.Vector("ec.pub"), place);
        DsseEnvelope envelope = isBundle ? SigstoreBundle.Parse(Place.VectorBytes(file)) : DsseEnvelope.Parse(Place.VectorBytes(file));

        Assert.True(await envelope.HoldsAsync(key, Never));
        Assert.Equal(Provenance.PredicateType, Statement.Parse(envelope.Payload).PredicateType);
        Assert.False(await (envelope with { PayloadType = "text/plain" }).HoldsAsync(key, Never));
        Assert.False(await (envelope with { Payload = [.. envelope.Payload, (byte)' '] }).HoldsAsync(key, Never));
        Assert.False(await envelope.HoldsAsync(VerificationKey.Load(Place.Vector("ed.pub"), place), Never));
    }

    [Fact]
    public async Task Both_alphabets_of_base64_are_read_and_the_standard_one_is_written()
    {
        using ISigner signer = await Signers.OpenAsync(new SigningKeySource { KeyFile = Place.Vector("ec.key"), Shown = "ec.key" }, place, Never);
        DsseEnvelope envelope = await DsseEnvelope.SignAsync(Encoding.UTF8.GetBytes("{\"x\":\"???>>>~~~\"}"), signer, Never);
        string written = Encoding.UTF8.GetString(envelope.ToJson("a hint"));

        Assert.DoesNotContain('-', JsonNode.Parse(written)!["payload"]!.GetValue<string>());
        JsonObject other = JsonNode.Parse(written)!.AsObject();
        other["payload"] = ((string)other["payload"]!).Replace('+', '-').Replace('/', '_').TrimEnd('=');
        other["signatures"]![0]!["sig"] = ((string)other["signatures"]![0]!["sig"]!).Replace('+', '-').Replace('/', '_').TrimEnd('=');
        Assert.True(await DsseEnvelope.Parse(Encoding.UTF8.GetBytes(other.ToJsonString())).HoldsAsync(signer.PublicKey, Never));
        Assert.Equal("a hint", (string?)JsonNode.Parse(written)!["signatures"]![0]!["keyid"]);
    }

    [Fact]
    [Trait("needs", "cosign")]
    public async Task Cosign_takes_our_signature_of_a_file_and_our_bundle()
    {
        string cosign = Place.Need("cosign");
        using ISigner signer = await Signers.OpenAsync(new SigningKeySource { KeyFile = Place.Vector("ec.key"), Shown = "ec.key" }, place, Never);
        byte[] content = Encoding.UTF8.GetBytes("a disk\n");
        await File.WriteAllBytesAsync(place["disk"], content, Never);
        await File.WriteAllBytesAsync(place["disk.sig"], DetachedSignature.Write(await signer.SignAsync(content, Never)), Never);
        Statement statement = new([new("disk", Model.Sha256.Of(content))], Provenance.PredicateType, JsonNode.Parse("""{"buildDefinition":{"buildType":"urn:x","externalParameters":{}},"runDetails":{"builder":{"id":"urn:y"}}}""")!.AsObject());
        DsseEnvelope envelope = await DsseEnvelope.SignAsync(statement.ToJson(), signer, Never);
        await File.WriteAllBytesAsync(place["disk.bundle"], envelope.ToBundle(signer.PublicKey), Never);
        await File.WriteAllBytesAsync(place["other"], "another disk\n"u8.ToArray(), Never);

        place.Run(cosign, "verify-blob", "--key", Place.Vector("ec.pub"), "--insecure-ignore-tlog", "--signature", "disk.sig", "disk");
        place.Run(cosign, "verify-blob-attestation", "--key", Place.Vector("ec.pub"), "--insecure-ignore-tlog", "--type", "slsaprovenance1", "--bundle", "disk.bundle", "disk");
        Assert.NotEqual(0, place.Try(cosign, "verify-blob-attestation", "--key", Place.Vector("ec.pub"), "--insecure-ignore-tlog", "--type", "slsaprovenance1", "--bundle", "disk.bundle", "other").Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"payloadType\":1,\"payload\":\"\",\"signatures\":[]}")]
    [InlineData("{\"payloadType\":\"a\",\"payload\":\"x\",\"signatures\":[{\"sig\":\"AA==\"}]}")]
    [InlineData("{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":[null]}")]
    [InlineData("{\"payloadType\":\"a\",\"payload\":\"\",\"signatures\":{}}")]
    [InlineData("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"a\",\"subject\":[{\"digest\":{\"sha256\":\"zz\"}}]}")]
    [InlineData("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"a\",\"subject\":[null,1]}")]
    public void Rubbish_is_refused_as_such(string text)
    {
        byte[] json = Encoding.UTF8.GetBytes(text);

        Assert.Throws<FormatException>(() => DsseEnvelope.Parse(json));
        Assert.Throws<FormatException>(() => Statement.Parse(json));
        Assert.Throws<FormatException>(() => SigstoreBundle.Parse(json));
    }
}
