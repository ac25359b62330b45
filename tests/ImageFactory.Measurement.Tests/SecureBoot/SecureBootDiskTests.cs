using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Tests;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.SecureBoot;
using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.SecureBoot;

/// <summary>Disks whose UKI somebody else's program signed.</summary>
[Trait("needs", "mtools")]
[Trait("needs", "sbsign")]
public sealed class SecureBootDiskTests : IDisposable
{
    private static readonly Guid Owner = new("77fa9abd-0359-4d32-bd60-28f4e78f784b");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("second", "second", "second")]
    [InlineData("second", "second first", "second")]
    [InlineData("second", "first second", "second")]
    [InlineData("below", "first above", "above")]
    public async Task The_entry_that_accepts_the_uki_is_measured_and_the_kernel_is_not(string signer, string allowed, string accepting)
    {
        Dictionary<string, X509Certificate2> certificates = Certificates();

        ImageMeasurements result = await MeasureAsync(signer, Keys(certificates, allowed), secureBoot: null);

        Assert.Equal([false, true], result.Boots.Select(b => b.SecureBoot));
        BootPrediction on = result.Boots[1];
        Assert.Contains(Register.Pcr(7), on.Predicted);
        MeasuredEvent authority = on.Sequence.Of(Register.Pcr(7)).Single(e => e.Type == TcgEventType.EfiVariableAuthority);
        Assert.Equal(Authority(certificates[accepting]), authority.Digest.Sha256);
        Assert.Contains(result.Boots[0].Sequence.Of(Register.Pcr(4)), e => e.Subject == EventSubject.Kernel);
        Assert.DoesNotContain(on.Sequence.Of(Register.Pcr(4)), e => e.Subject == EventSubject.Kernel);
    }

    [Fact]
    public async Task A_uki_that_nobody_signed_or_that_no_entry_accepts_is_refused()
    {
        EnrolledKeys keys = Keys(Certificates(), "first");

        Assert.Equal("IFM301", await CodeOf(null, secureBoot: true));
        Assert.Equal("IFM302", await CodeOf("second", secureBoot: true));

        async Task<string> CodeOf(string? signer, bool? secureBoot) =>
            (await Assert.ThrowsAsync<FactoryException>(() => MeasureAsync(signer, keys, secureBoot))).Faults.Single().Code;
    }

    [Fact]
    public void Damaged_signatures_are_read_or_refused()
    {
        EnrolledKeys keys = Keys(Certificates(), "first second");
        byte[] signed = Sign("second", Vectors.Bytes("uki", "ukify257.efi"));
        int table = (int)UkiFile.Read(MemorySource.Of(signed)).Pe.Headers.CertificateOffset;
        int refused = 0;
        Parallel.For(0, 20_000, index =>
        {
            Random random = new(index);
            byte[] bytes = [.. signed];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[table + random.Next(random.Next(2) == 0 ? 64 : bytes.Length - table)] = (byte)random.Next(256);
            try
            {
                IExtentSource file = MemorySource.Of(bytes);
                SignatureReader.Accepting(keys, [new EfiProgram(@"\EFI\BOOT\BOOTX64.EFI", ProgramKind.Uki, file, UkiFile.Read(file))], "fuzz");
            }
            catch (FactoryException e)
            {
                Assert.Contains(e.Faults[0].Code, new[] { "IFM302", "IFM303" });
                Interlocked.Increment(ref refused);
            }
        });

        Assert.InRange(refused, 2_000, 19_900);
    }

    /// <summary>UEFI_VARIABLE_DATA with the entry of db as the firmware has it: owner and certificate (TCG PC Client, 3.3.4.8).</summary>
    private static string Authority(X509Certificate2 certificate)
    {
        byte[] data = [.. Owner.ToByteArray(), .. certificate.RawData];
        byte[] sizes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(sizes, 2);
        BinaryPrimitives.WriteInt64LittleEndian(sizes.AsSpan(8), data.Length);
        byte[] vendor = new Guid("d719b2cb-3d3a-4596-a3bc-dad00e67656f").ToByteArray();
        return Convert.ToHexStringLower(SHA256.HashData([.. vendor, .. sizes, .. Encoding.Unicode.GetBytes("db"), .. data]));
    }

    private static EnrolledKeys Keys(Dictionary<string, X509Certificate2> certificates, string allowed) =>
        new(Owner, certificates["first"], [certificates["first"]], [.. allowed.Split(' ').Select(n => certificates[n])], ReadOnlyMemory<byte>.Empty);

    private async Task<ImageMeasurements> MeasureAsync(string? signer, EnrolledKeys keys, bool? secureBoot)
    {
        TestDisk disk = new();
        if (signer is not null)
            disk.SignUki = uki => Task.FromResult(Sign(signer, uki));
        string path = await disk.WriteAsync(folder);
        return await ImageMeasurer.MeasureAsync(path, "disk", null, new MeasureSettings { Keys = keys, SecureBoot = secureBoot }, TestContext.Current.CancellationToken);
    }

    private byte[] Sign(string signer, byte[] program)
    {
        string[] chain = signer == "below" ? ["--addcert", folder["above.pem"]] : [];
        Tool.Run("sbsign", ["--key", folder[$"{signer}.key"], "--cert", folder[$"{signer}.pem"], .. chain, "--output", folder["signed"], folder.Write("unsigned", program)]);
        return File.ReadAllBytes(folder["signed"]);
    }

    /// <summary>Two that stand alone, and one below another.</summary>
    private Dictionary<string, X509Certificate2> Certificates()
    {
        Dictionary<string, X509Certificate2> certificates = [];
        foreach (string name in (string[])["first", "second", "above", "below"])
        {
            RSA key = RSA.Create(2048);
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(name == "above", false, 0, true));
            certificates[name] = name == "below"
                ? request.Create(certificates["above"], Start, Start.AddYears(10), [1, 2, 3])
                : request.CreateSelfSigned(Start, Start.AddYears(20));
            File.WriteAllText(folder[$"{name}.pem"], certificates[name].ExportCertificatePem());
            File.WriteAllText(folder[$"{name}.key"], key.ExportPkcs8PrivateKeyPem());
        }

        return certificates;
    }
}
