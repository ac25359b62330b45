using ImageFactory.Model;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Tests.Support;

namespace ImageFactory.Trust.Tests.Keys;

/// <summary>A key in SoftHSM, behind libp11's engine of openssl.</summary>
[Trait("needs", "softhsm2, libengine-pkcs11-openssl")]
public sealed class TokenTests : IDisposable
{
    private const string Pin = "471147";

    private readonly Place place = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_key_that_stays_in_its_token_signs()
    {
        SigningKeySource source = Token();

        using ISigner signer = await Signers.OpenAsync(source, place, Never);
        await File.WriteAllBytesAsync(place["signature"], await signer.SignAsync("of importance"u8.ToArray(), Never), Never);

        // The public half of the key that was put into the token lies beside it.
        await File.WriteAllTextAsync(place["content"], "of importance", Never);
        Assert.Contains("Verified OK", place.Run("openssl", "dgst", "-sha256", "-verify", Place.Vector("ec.pub"), "-signature", "signature", "content"), StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(Place.Vector("ec.pub"), Never), signer.PublicKey.Pem);
        Assert.DoesNotContain(place.Seen, s => s.Contains(Pin, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_pin_and_an_unknown_key_are_told_before_any_work()
    {
        SigningKeySource source = Token();
        await File.WriteAllTextAsync(place["wrong"], "000000\n", Never);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => Signers.OpenAsync(source with { PasswordFile = place["wrong"] }, place, Never));
        FactoryException unknown = await Assert.ThrowsAsync<FactoryException>(() => Signers.OpenAsync(source with { Token = "pkcs11:token=factory;object=another;type=private" }, place, Never));

        Assert.Equal("IFV104", refused.Faults[0].Code);
        Assert.Equal("IFV104", unknown.Faults[0].Code);
        Assert.Equal(ExitCode.Configuration, refused.ExitCode);
    }

    private SigningKeySource Token()
    {
        string program = Place.Need("softhsm2-util");
        string? module = new[] { "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(module is null, "libsofthsm2.so is not there");
        Assert.SkipUnless(place.Try("openssl", "engine", "pkcs11").Code == 0, "openssl has no engine pkcs11");
        Directory.CreateDirectory(place["tokens"]);
        File.WriteAllText(place["softhsm2.conf"], $"directories.tokendir = {place["tokens"]}\nobjectstore.backend = file\n");
        File.WriteAllText(place["pin"], Pin + "\n");
        string configured = $"SOFTHSM2_CONF={place["softhsm2.conf"]}";
        place.Run("env", configured, program, "--init-token", "--free", "--label", "factory", "--pin", Pin, "--so-pin", "999999");
        place.Run("env", configured, program, "--import", Place.Vector("ec.key"), "--token", "factory", "--label", "podvm", "--id", "a1", "--pin", Pin);
        place.Seen.Clear();
        return new SigningKeySource
        {
            Token = "pkcs11:token=factory;object=podvm;type=private",
            PasswordFile = place["pin"],
            Shown = "the token",
            Environment = SigningKeySource.TokenVariables(new Dictionary<string, string>
            {
                ["SOFTHSM2_CONF"] = place["softhsm2.conf"],
                ["PKCS11_MODULE_PATH"] = module!,
                ["AWS_SECRET_ACCESS_KEY"] = "not for openssl",
            }),
        };
    }
}
