using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Signing;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Signing;

public sealed class AuthenticodeSignerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("needs", "sbverify")]
    [InlineData("pe", "uki.efi")]
    [InlineData("pe", "edge-trailer.efi")]
    [InlineData("pe", "edge-pe32.efi")]
    [InlineData("uki", "ukify257.efi")]
    public async Task Sbverify_accepts_the_signature_with_its_certificate_only(string folderName, string file)
    {
        using ScratchFolder folder = new();
        using SigningKey key = NewKey(folder, "db");
        using SigningKey other = NewKey(folder, "other");
        string image = folder.Write("image.efi", Vectors.Bytes(folderName, file));

        await AuthenticodeSigner.SignAsync(image, key, Cancellation);

        Assert.Contains("Signature verification OK", Tool.Run("sbverify", "--cert", folder["db.crt"], image), StringComparison.Ordinal);
        Assert.NotEqual(0, Tool.Try("sbverify", "--cert", folder["other.crt"], image).ExitCode);
    }

    [Fact]
    [Trait("needs", "osslsigncode")]
    public async Task Osslsigncode_accepts_the_signature_and_finds_no_time_in_it()
    {
        using ScratchFolder folder = new();
        using SigningKey key = NewKey(folder, "db");
        string image = folder.Write("image.efi", Vectors.Bytes("uki", "ukify257.efi"));

        await AuthenticodeSigner.SignAsync(image, key, Cancellation);

        string verdict = Tool.Run("osslsigncode", "verify", "-CAfile", folder["db.crt"], "-in", image);
        Assert.Contains("Signature verification: ok", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("Signing Time: ", verdict, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Signing_keeps_the_digest_of_an_aligned_file_and_gives_the_same_bytes_each_time()
    {
        using ScratchFolder folder = new();
        using SigningKey key = NewKey(folder, "db");
        string first = folder.Write("first.efi", Vectors.Bytes("uki", "ukify257.efi"));
        string second = folder.Write("second.efi", Vectors.Bytes("uki", "ukify257.efi"));
        string before = Digest(first);

        await AuthenticodeSigner.SignAsync(first, key, Cancellation);
        await AuthenticodeSigner.SignAsync(second, key, Cancellation);

        Assert.Equal(before, Digest(first));
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public async Task A_file_is_padded_to_8_bytes_before_it_is_signed()
    {
        using ScratchFolder folder = new();
        using SigningKey key = NewKey(folder, "db");
        string image = folder.Write("image.efi", Vectors.Bytes("pe", "edge-trailer.efi"));

        await AuthenticodeSigner.SignAsync(image, key, Cancellation);

        // The value of osslsigncode for a copy signed by sbsign: "afterSbsign" in expected.json.
        Assert.Equal("f025f99003df2e63f0cb62fbe6ba7f3f3b7d1a280c7b13029efd01b37cb0eb13", Digest(image));
    }

    [Fact]
    public async Task A_signed_file_is_not_signed_again()
    {
        using ScratchFolder folder = new();
        using SigningKey key = NewKey(folder, "db");
        string image = folder.Write("image.efi", Vectors.Bytes("pe", "uki.efi"));
        await AuthenticodeSigner.SignAsync(image, key, Cancellation);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => AuthenticodeSigner.SignAsync(image, key, Cancellation));

        Assert.Equal("IFI324", refused.Faults[0].Code);
    }

    [Fact]
    public void A_key_that_does_not_belong_to_the_certificate_is_refused()
    {
        using ScratchFolder folder = new();
        NewKey(folder, "db").Dispose();
        NewKey(folder, "other").Dispose();

        FactoryException refused = Assert.Throws<FactoryException>(() => SigningKey.Load(folder["db.crt"], folder["other.key"]));

        Assert.Equal("IFI323", refused.Faults[0].Code);
    }

    [Fact]
    public void Files_of_the_wrong_kind_are_told_apart()
    {
        using ScratchFolder folder = new();
        NewKey(folder, "db").Dispose();
        using ECDsa curve = ECDsa.Create();
        File.WriteAllText(folder["ec.key"], curve.ExportPkcs8PrivateKeyPem());

        Assert.Equal("IFI321", Assert.Throws<FactoryException>(() => SigningKey.Load(folder["db.key"], folder["db.key"])).Faults[0].Code);
        Assert.Equal("IFI322", Assert.Throws<FactoryException>(() => SigningKey.Load(folder["db.crt"], folder["db.crt"])).Faults[0].Code);
        Assert.Equal("IFI322", Assert.Throws<FactoryException>(() => SigningKey.Load(folder["db.crt"], folder["ec.key"])).Faults[0].Code);
        Assert.Equal("IFI326", Assert.Throws<FactoryException>(() => SigningKey.Load(folder["db.crt"], folder["none"])).Faults[0].Code);
    }

    private static string Digest(string path)
    {
        using RawFileSource source = RawFileSource.Open(path);
        return Convert.ToHexStringLower(PeFile.Read(source).AuthenticodeDigest(HashAlgorithmName.SHA256));
    }

    private static SigningKey NewKey(ScratchFolder folder, string name)
    {
        using RSA rsa = RSA.Create(2048);
        CertificateRequest request = new($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(folder[$"{name}.crt"], certificate.ExportCertificatePem());
        File.WriteAllText(folder[$"{name}.key"], rsa.ExportPkcs8PrivateKeyPem());
        return SigningKey.Load(folder[$"{name}.crt"], folder[$"{name}.key"]);
    }
}
