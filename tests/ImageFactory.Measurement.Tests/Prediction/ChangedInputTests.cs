using System.Text;
using ImageFactory.Measurement.Tests.Support;

namespace ImageFactory.Measurement.Tests.Prediction;

/// <summary>One changed byte of an input changes exactly the PCRs that cover this input.</summary>
[Trait("needs", "mtools")]
public sealed class ChangedInputTests
{
    private const int BytesOfEach = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Input, where the root hash is, and the PCRs that must change (specification of the measurements, sections 3 to 9).</summary>
    public static TheoryData<string, bool, int[]> Inputs => new()
    {
        { "command line", true, [4, 9, 11] },
        { "blank at the end of the command line", true, [4, 11] },
        { "initrd", true, [4, 9, 11] },
        { "kernel", true, [4, 11] },
        { "os-release", true, [4, 9, 11] },
        { "kernel release", true, [4, 11] },
        { "root", true, [4, 9, 11] },
        { "root", false, [4, 9, 12] },
        { "addon command line", true, [4, 9, 12] },
        { "addon initrd", true, [4, 9, 12] },
        { "addon microcode", true, [4, 9, 12] },
        { "credential", true, [9, 12] },
        { "global credential", true, [9, 12] },
        { "system extension", true, [9, 13] },
        { "configuration extension", true, [9, 12] },
        { "boot loader", true, [4] },
        { "boot loader configuration", true, [] },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task One_byte_changes_the_pcrs_that_cover_it_and_no_other(string input, bool rootHashInUki, int[] expected)
    {
        Random random = new(20261121);
        IReadOnlyDictionary<int, string> before = await PcrsAsync("", rootHashInUki, random);
        for (int round = 0; round < BytesOfEach; round++)
        {
            IReadOnlyDictionary<int, string> after = await PcrsAsync(input, rootHashInUki, random);

            Assert.Equal(expected, before.Keys.Where(pcr => before[pcr] != after[pcr]).Order());
        }
    }

    private static async Task<IReadOnlyDictionary<int, string>> PcrsAsync(string changed, bool rootHashInUki, Random random)
    {
        TestDisk disk = new() { RootHashInUki = rootHashInUki, UkiPath = "/EFI/Linux/podvm.efi" };
        byte[] Bytes(string input, string text, int from = 0)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            if (input == changed)
                bytes[random.Next(from, bytes.Length)] ^= 1;
            return bytes;
        }

        void Flip(string input, byte[] bytes, int from, int to)
        {
            if (input == changed)
                bytes[random.Next(from, to)] ^= (byte)random.Next(1, 256);
        }

        // Flipping the lowest bit of these letters gives letters, never blanks.
        disk.CommandLine = Encoding.ASCII.GetString(Bytes("command line", "aabbccddeeff"));
        if (changed == "blank at the end of the command line")
            disk.CommandLine += '\n';
        Flip("initrd", disk.Initrd, 0, disk.Initrd.Length);
        Flip("kernel", disk.Kernel, 0x900, 0x1000);
        disk.OsRelease = Encoding.ASCII.GetString(Bytes("os-release", disk.OsRelease));
        disk.KernelRelease = Encoding.ASCII.GetString(Bytes("kernel release", disk.KernelRelease));
        Flip("root", disk.Root, 0, disk.Root.Length);

        const string Beside = "/EFI/Linux/podvm.efi.extra.d/";
        byte[] loader = TestDisk.Loader("systemd-boot", changed == "boot loader" ? 1 + random.Next(200) : 0);
        disk.Files["/EFI/BOOT/BOOTX64.EFI"] = loader;
        disk.Files["/loader/loader.conf"] = Bytes("boot loader configuration", "timeout 00000000\n");
        disk.Files[Beside + "a.addon.efi"] = await TestDisk.AddonAsync((".cmdline", Bytes("addon command line", "ggiijjkk")));
        disk.Files[Beside + "b.addon.efi"] = await TestDisk.AddonAsync((".initrd", Bytes("addon initrd", "content of an initrd")), (".ucode", Bytes("addon microcode", "content of microcode")));
        disk.Files[Beside + "c.cred"] = Bytes("credential", "content of a credential");
        disk.Files["/loader/credentials/g.cred"] = Bytes("global credential", "content of another");
        disk.Files[Beside + "s.raw"] = Bytes("system extension", "content of an extension");
        disk.Files[Beside + "c.confext.raw"] = Bytes("configuration extension", "content of configuration");
        if (!rootHashInUki)
            disk.BeforeWriting = async hash => disk.Files[Beside + "verity.addon.efi"] = await TestDisk.AddonAsync((".cmdline", Encoding.ASCII.GetBytes($"roothash={hash}")));

        using ScratchFolder folder = new();
        ImageMeasurements result = await ImageMeasurer.MeasureAsync(await disk.WriteAsync(folder), "disk", null, new MeasureSettings(), Cancellation);

        Assert.Empty(result.Faults);
        Assert.Equal(rootHashInUki ? ".cmdline" : @"\EFI\Linux\podvm.efi.extra.d\verity.addon.efi", result.Root!.NamedBy);
        Assert.Equal(result.Root.RootHash, result.Root.OfData);
        return result.Boots[0].Predicted.ToDictionary(r => r.Index, r => result.Boots[0][r].Sha256!);
    }
}
