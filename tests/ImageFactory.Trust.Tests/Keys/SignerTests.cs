using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Tests.Support;

namespace ImageFactory.Trust.Tests.Keys;

/// <summary>Signatures are held against openssl, which knows nothing of this code.</summary>
public sealed class SignerTests : IDisposable
{
    private const string Password = "korrekt-pferd";

    private readonly Place place = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("EC", "ec_paramgen_curve:P-256", false)]
    [InlineData("EC", "ec_paramgen_curve:P-256", true)]
    [InlineData("ED25519", null, false)]
    [InlineData("ED25519", null, true)]
    public async Task Openssl_takes_the_signature_and_the_password_is_nowhere(string algorithm, string? option, bool hasPassword)
    {
        SigningKeySource source = Generate(algorithm, option, hasPassword);
        byte[] content = RandomNumberGenerator.GetBytes(70_000);
        await File.WriteAllBytesAsync(place["content"], content, Never);

        using ISigner signer = await Signers.OpenAsync(source, place, Never);
        await File.WriteAllBytesAsync(place["signature"], await signer.SignAsync(content, Never), Never);

        Assert.Equal(place.Run("openssl", "pkey", "-in", source.KeyFile!, "-passin", "pass:" + Password, "-pubout"), signer.PublicKey.Pem);
        string[] form = algorithm == "EC" ? ["-rawin", "-digest", "sha256"] : ["-rawin"];
        await File.WriteAllTextAsync(place["key.pub"], signer.PublicKey.Pem, Never);
        place.Run("openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pub", .. form, "-in", "content", "-sigfile", "signature"]);
        Assert.True(await signer.PublicKey.HoldsAsync(content, await File.ReadAllBytesAsync(place["signature"], Never), Never));
        Assert.DoesNotContain(place.Seen, s => s.Contains(Password, StringComparison.Ordinal) || s.Contains("PRIVATE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_any_size_is_signed_by_its_digest()
    {
        SigningKeySource source = Generate("EC", "ec_paramgen_curve:P-256", hasPassword: false);
        await File.WriteAllBytesAsync(place["content"], RandomNumberGenerator.GetBytes(5_000_000), Never);

        using ISigner signer = await Signers.OpenAsync(source, place, Never);
        byte[] signature = await signer.SignDigestAsync(await Sha256.OfFileAsync(place["content"], Never), Never);

        await File.WriteAllBytesAsync(place["signature"], signature, Never);
        await File.WriteAllTextAsync(place["key.pub"], signer.PublicKey.Pem, Never);
        Assert.Contains("Verified OK", place.Run("openssl", "dgst", "-sha256", "-verify", "key.pub", "-signature", "signature", "content"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ec.pub", "blob.txt.sig")]
    [InlineData("ed.pub", "blob.txt.ed.sig")]
    public async Task A_signature_that_cosign_takes_holds_and_no_other_byte_does(string key, string signature)
    {
        VerificationKey loaded = VerificationKey.Load(Place.Vector(key), place);
        byte[] made = DetachedSignature.Read(Place.VectorBytes(signature))!;
        byte[] content = Place.VectorBytes("blob.txt");

        Assert.True(await loaded.HoldsAsync(content, made, Never));
        content[0] ^= 1;
        Assert.False(await loaded.HoldsAsync(content, made, Never));
        Assert.False(await loaded.HoldsAsync(Place.VectorBytes("blob.txt"), [.. made[..^1], (byte)(made[^1] ^ 1)], Never));
        Assert.False(await loaded.HoldsAsync(Place.VectorBytes("blob.txt"), [], Never));
    }

    [Fact]
    public async Task Keys_that_cannot_be_used_are_told_before_any_work()
    {
        place.Run("openssl", "genpkey", "-algorithm", "RSA", "-out", "rsa.key");
        place.Run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "p384.key");
        await File.WriteAllTextAsync(place["no.key"], "no key", Never);
        SigningKeySource locked = Generate("EC", "ec_paramgen_curve:P-256", hasPassword: true);
        await File.WriteAllTextAsync(place["wrong"], "falsch\n", Never);

        Assert.Equal("IFV101", await FaultOfAsync(new SigningKeySource { KeyFile = place["absent"], Shown = "absent" }));
        Assert.Equal("IFV102", await FaultOfAsync(new SigningKeySource { KeyFile = place["no.key"], Shown = "no.key" }));
        Assert.Equal("IFV102", await FaultOfAsync(new SigningKeySource { KeyFile = Place.Vector("ec.pub"), Shown = "ec.pub" }));
        Assert.Equal("IFV103", await FaultOfAsync(locked with { PasswordFile = null }));
        Assert.Equal("IFV104", await FaultOfAsync(locked with { PasswordFile = place["wrong"] }));
        Assert.Equal("IFV106", await FaultOfAsync(new SigningKeySource { KeyFile = place["rsa.key"], Shown = "rsa.key" }));
        Assert.Equal("IFV106", await FaultOfAsync(new SigningKeySource { KeyFile = place["p384.key"], Shown = "p384.key" }));
        Assert.Equal("IFV106", Assert.Throws<FactoryException>(() => VerificationKey.Load(Place.Vector("ec.key"), place)).Faults[0].Code);
        Assert.Equal("IFV106", Assert.Throws<FactoryException>(() => VerificationKey.Load(place["absent"], place)).Faults[0].Code);
    }

    private async Task<string> FaultOfAsync(SigningKeySource source) =>
        (await Assert.ThrowsAsync<FactoryException>(() => Signers.OpenAsync(source, place, Never))).Faults[0].Code;

    private SigningKeySource Generate(string algorithm, string? option, bool hasPassword)
    {
        File.WriteAllText(place["password"], Password + "\n");
        place.Run("openssl", ["genpkey", "-algorithm", algorithm, .. option is null ? Array.Empty<string>() : ["-pkeyopt", option], "-out", "sign.key", .. hasPassword ? new[] { "-aes-256-cbc", "-pass", "file:password" } : []]);
        return new SigningKeySource { KeyFile = place["sign.key"], PasswordFile = hasPassword ? place["password"] : null, Shown = "sign.key" };
    }
}
