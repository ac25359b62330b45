using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Firmware;
using ImageFactory.Measurement.Tests.Support;
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

    [Theory]
    [InlineData(true, "62e384a29f4cd67b3e350591de57bcde26186246a6fe7038cad20f6b34d6d4f85d62177039692648e9a36a04fc32ca25")]
    [InlineData(false, "0b0a40c1d017734917d7ae53cdc501d8bc9a22700a23ff75577bab95d8a4ede4d69c3efc0245449731384d4ce83f5211")]
    public void A_directly_booted_tdx_machine_has_registers_of_kernel_initrd_and_command_line(bool withInitrd, string second)
    {
        using ScratchFolder folder = new();
        SourcePath kernel = new("kernel.efi", Vectors.PathOf("pe", "kernel.efi"));
        SourcePath? initrd = withInitrd ? new SourcePath("initrd", folder.Write("initrd", Initrd())) : null;
        MeasurementSettings settings = new()
        {
            Targets = [MeasurementTarget.Snp, MeasurementTarget.Tdx],
            Launch =
            [
                new LaunchSettings
                {
                    Firmware = new SourcePath("ovmf", Vectors.PathOf("fw", "ovmf-like.bin")),
                    Vcpus = [1],
                    Direct = new DirectBootSettings { Kernel = kernel, Initrd = initrd, CommandLine = "console=ttyS0 quiet" },
                },
            ],
        };

        Dictionary<string, IReadOnlyList<string>> values = LaunchValues.Of(settings).ToDictionary(v => v.Name, v => v.Values);

        // Folded by a script of its own from the vector's Authenticode digest; section 10.4 of the specification.
        Assert.Equal(
            [
                "d9247508998c88fa8bb2f5072a4f53d439b2480cd1674f6501257a7a765eece9735849c61f233331f713eb22545db6d8",
                "479f0e6b0cf3c823c3dd7e9c752aefc668b7a534ab24c38cf755175cc0176b7387e904c881d0293b34dd7b6492da1265",
            ],
            values["rtmr_1"]);
        Assert.Equal(second, Assert.Single(values["rtmr_2"]));
        Assert.Equal((string)Vectors.Json("pe", "expected.json")["files"]!["kernel.efi"]!["authenticodeSha384"]!, Assert.Single(values["tdvfkernel"]));
        if (withInitrd)
        {
            Assert.Equal("84d8bb0cdce30e79de0d21467e3ded56bd08e8486e8d907178e8c8fadb3a8b08c5ddc0bab090b78b814fc71fbcc1dcc6", Assert.Single(values["tdvfkernelparams"]));
            Assert.Equal((string)Expected["snp"]!["qemu-epyc-v4-1vcpu-direct"]!, Assert.Single(values["snp_launch_measurement"]));
        }
    }

    [Fact]
    public void Files_that_are_not_there_are_named_together()
    {
        MeasurementSettings settings = new()
        {
            Targets = [MeasurementTarget.Snp],
            Launch =
            [
                new LaunchSettings
                {
                    Firmware = new SourcePath("ovmf", Vectors.PathOf("fw", "ovmf-like.bin")),
                    Direct = new DirectBootSettings { Kernel = new SourcePath("kernel", "/nonexistent/kernel"), Initrd = new SourcePath("initrd", "/nonexistent/initrd") },
                },
            ],
        };

        FactoryException fault = Assert.Throws<FactoryException>(() => LaunchValues.Of(settings));

        Assert.Equal(["IFM353 kernel", "IFM353 initrd"], fault.Faults.Select(f => $"{f.Code} {f.Where}"));
    }

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
