using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Firmware;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Tests.Firmware;

public sealed class LaunchDigestTests
{
    private static readonly JsonNode Expected = Vectors.Json("fw", "expected.json");

    private static OvmfImage Image => OvmfImage.Parse("ovmf-like.bin", Vectors.Bytes("fw", "ovmf-like.bin"));

    [Theory]
    [InlineData("qemu-epyc-v4-1vcpu-direct", LaunchedBy.Qemu, LaunchCpu.EpycV4, 1, true)]
    [InlineData("qemu-epyc-v4-2vcpu-direct", LaunchedBy.Qemu, LaunchCpu.EpycV4, 2, true)]
    [InlineData("qemu-epyc-milan-4vcpu-nokernel", LaunchedBy.Qemu, LaunchCpu.EpycMilan, 4, false)]
    [InlineData("ec2-2vcpu-nokernel", LaunchedBy.Ec2, LaunchCpu.EpycV4, 2, false)]
    [InlineData("gce-2vcpu-nokernel", LaunchedBy.Gce, LaunchCpu.EpycV4, 2, false)]
    public void The_digest_is_that_of_sev_snp_measure(string name, LaunchedBy by, LaunchCpu cpu, int processors, bool direct)
    {
        DirectBoot? boot = direct
            ? new DirectBoot(SHA256.HashData(Vectors.Bytes("pe", "kernel.efi")), SHA256.HashData(Initrd()), (string)Expected["directBoot"]!["cmdline"]!)
            : null;

        Assert.Equal((string)Expected["snp"]![name]!, SnpLaunchDigest.Of(Image, by, cpu, processors, boot));
    }

    [Fact]
    public void The_firmware_alone_has_its_own_digest() => Assert.Equal((string)Expected["snp"]!["ovmf_hash_only"]!, SnpLaunchDigest.OfFirmware(Image));

    [Fact]
    public void Mrtd_is_that_of_the_td_shim_calculator() => Assert.Equal((string)Expected["mrtd"]!, TdxMrtd.Of(Image));

    [Fact]
    public void Damaged_firmware_is_read_or_refused()
    {
        byte[] sample = Vectors.Bytes("fw", "ovmf-like.bin");
        Random random = new(20261121);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = [.. sample];
            for (int count = random.Next(1, 4); count > 0; count--)
            {
                // The table is at the end, the metadata of SEV and TDX at 0xc000 and 0xd010.
                int start = random.Next(3) switch { 0 => bytes.Length - 142, 1 => 0xc000, _ => 0xd000 };
                bytes[start + random.Next(110)] = (byte)random.Next(256);
            }

            try
            {
                OvmfImage image = OvmfImage.Parse("fuzz", bytes);
                TdxMrtd.Of(image);
                SnpLaunchDigest.Of(image, LaunchedBy.Qemu, LaunchCpu.EpycV4, 1, null);
            }
            catch (FactoryException e)
            {
                Assert.Equal("IFM352", e.Faults[0].Code);
                refused++;
            }
        }

        Assert.InRange(refused, 30, 290);
    }

    private static byte[] Initrd() =>
        UkiFile.Read(new StreamSource(new MemoryStream(Vectors.Bytes("pe", "uki.efi")), "uki")).Pe.ReadSection(".initrd", 1 << 20);
}
