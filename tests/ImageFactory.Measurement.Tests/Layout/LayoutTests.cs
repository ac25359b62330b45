using System.Text;
using ImageFactory.Images.Tests;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.Layout;

[Trait("needs", "mtools")]
public sealed class LayoutTests
{
    private static readonly byte[] Csv = [0xff, 0xfe, .. Encoding.Unicode.GetBytes("shimx64.efi,label,\\EFI\\Linux\\podvm.efi console=ttyS0 passed=1,an entry\n")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_uki_alone_is_one_program_and_the_kernel_in_it()
    {
        ImageMeasurements result = await MeasureAsync(new TestDisk());

        Assert.Equal("firmware → UKI", result.Boot.Chain);
        Assert.Equal(["\\EFI\\BOOT\\BOOTX64.EFI", "kernel inside the UKI"], Programs(result));
        Assert.Equal("6.12.107-test", result.Boot.Kernel);
        Assert.Equal("257.13-test", result.Boot.Stub);
        Assert.Equal(new string('0', 64), result.Boots[0][Register.Pcr(12)].Sha256);
        Assert.True(result.MayBePublished);
    }

    [Fact]
    public async Task Systemd_boot_starts_the_only_uki()
    {
        TestDisk disk = new() { UkiPath = "/EFI/Linux/podvm.efi" };
        disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");

        ImageMeasurements result = await MeasureAsync(disk);

        Assert.Equal("firmware → systemd-boot → UKI", result.Boot.Chain);
        Assert.Equal(["\\EFI\\BOOT\\BOOTX64.EFI", "\\EFI\\Linux\\podvm.efi", "kernel inside the UKI"], Programs(result));
    }

    [Fact]
    public async Task Shim_starts_what_lies_beside_it()
    {
        TestDisk disk = new() { UkiPath = "/EFI/BOOT/grubx64.efi" };
        disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");

        ImageMeasurements result = await MeasureAsync(disk);

        Assert.Equal("firmware → shim → UKI", result.Boot.Chain);
        Assert.False(result.Boot.ResetsOnce);
    }

    [Fact]
    public async Task Shim_s_fallback_makes_an_entry_whose_options_replace_the_command_line()
    {
        TestDisk disk = new() { UkiPath = "/EFI/Linux/podvm.efi" };
        disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");
        disk.Files["/EFI/BOOT/fbx64.efi"] = TestDisk.Loader("fallback");
        disk.Files["/EFI/vendor/shimx64.efi"] = TestDisk.Loader("shim");
        disk.Files["/EFI/vendor/BOOTX64.CSV"] = Csv;

        ImageMeasurements result = await MeasureAsync(disk);

        Assert.True(result.Boot.ResetsOnce);
        Assert.Equal(["\\EFI\\vendor\\shimx64.efi", "\\EFI\\Linux\\podvm.efi", "kernel inside the UKI"], Programs(result));
        Assert.Equal("console=ttyS0 passed=1", result.Boots[0].Sequence.Of(Register.Pcr(12)).Single().Text);

        // The passed line has no root hash, so the image must not be published with it.
        Assert.Equal(["IFM201", "IFM304"], result.Faults.Select(f => f.Code).Order());
    }

    public static TheoryData<string, string> Ambiguous => new()
    {
        { "no boot program", "IFM102" },
        { "unknown program", "IFM103" },
        { "grub", "IFM104" },
        { "second uki", "IFM105" },
        { "systemd-boot without uki", "IFM106" },
        { "entry with options", "IFM107" },
        { "entry beside a uki", "IFM107" },
        { "boot counting", "IFM108" },
        { "shim without second stage", "IFM109" },
        { "fallback without list", "IFM110" },
        { "fallback with two entries", "IFM110" },
        { "fallback to nothing", "IFM111" },
        { "folder of another uki", "IFM112" },
        { "name beyond ASCII", "IFM113" },
        { "device tree addon", "IFM114" },
        { "addon for another kernel", "IFM115" },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task What_has_not_exactly_one_boot_is_a_fault(string layout, string code)
    {
        TestDisk disk = new();
        byte[] uki = Vectors.Bytes("uki", "ukify257.efi");
        switch (layout)
        {
            case "no boot program":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                break;
            case "unknown program":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("refind");
                break;
            case "grub":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");
                disk.Files["/EFI/BOOT/grubx64.efi"] = TestDisk.Loader("grub");
                break;
            case "second uki":
                disk.Files["/EFI/Linux/old.efi"] = uki;
                break;
            case "systemd-boot without uki":
                disk.UkiPath = null;
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");
                break;
            case "entry with options":
                disk.UkiPath = "/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");
                disk.Files["/loader/entries/a.conf"] = "title a\nefi /podvm.efi\noptions quiet\n"u8.ToArray();
                break;
            case "entry beside a uki":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");
                disk.Files["/loader/entries/a.conf"] = "title a\nefi /EFI/Linux/podvm.efi\n"u8.ToArray();
                break;
            case "boot counting":
                disk.UkiPath = "/EFI/Linux/podvm+3-0.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");
                break;
            case "shim without second stage":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");
                break;
            case "fallback without list":
            case "fallback with two entries":
            case "fallback to nothing":
                disk.UkiPath = "/EFI/Linux/podvm.efi";
                disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");
                disk.Files["/EFI/BOOT/fbx64.efi"] = TestDisk.Loader("fallback");
                if (layout != "fallback without list")
                    disk.Files["/EFI/vendor/BOOTX64.CSV"] = layout == "fallback to nothing" ? Csv : [.. Csv, .. Csv[2..]];
                break;
            case "folder of another uki":
                disk.Files["/EFI/Linux/podvm.efi.extra.d/a.cred"] = [1];
                break;
            case "name beyond ASCII":
                disk.Files["/EFI/BOOT/BOOTX64.EFI.extra.d/ü.cred"] = [1];
                break;
            case "device tree addon":
                disk.Files["/loader/addons/a.addon.efi"] = await TestDisk.AddonAsync((".dtb", [1]));
                break;
            default:
                disk.Files["/loader/addons/a.addon.efi"] = await TestDisk.AddonAsync((".cmdline", "x"u8.ToArray()), (".uname", "5.14.0"u8.ToArray()));
                break;
        }

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => MeasureAsync(disk));

        Assert.Equal(code, Assert.Single(fault.Faults).Code);
    }

    [Theory]
    [InlineData("no root hash", "IFM201")]
    [InlineData("two root hashes", "IFM202")]
    [InlineData("short root hash", "IFM203")]
    [InlineData("another root hash", "IFM204")]
    public async Task A_root_that_is_not_bound_forbids_publishing(string how, string code)
    {
        TestDisk disk = new() { RootHashInUki = how == "two root hashes" };
        disk.CommandLine = how switch
        {
            "no root hash" => "quiet",
            "short root hash" => "roothash=00ff",
            _ => "roothash=" + new string('a', 64),
        };

        ImageMeasurements result = await MeasureAsync(disk);

        Assert.Equal(code, Assert.Single(result.Faults).Code);
        Assert.False(result.MayBePublished);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Data_or_tree_that_was_changed_afterwards_is_found(int partition, bool recompute)
    {
        using ScratchFolder folder = new();
        string path = await new TestDisk().WriteAsync(folder);
        await using (FileStream file = new(path, FileMode.Open))
        {
            // Partitions lie at steps of 1 MiB, the EFI system partition takes 4.
            file.Position = ((partition == 1 ? 5L : 6L) << 20) + 4096;
            int old = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(old ^ 1));
        }

        ImageMeasurements result = await ImageMeasurer.MeasureAsync(path, "disk", null, new MeasureSettings { RecomputeRootHash = recompute }, Cancellation);

        // What lies below the top of the tree is only found by hashing it.
        Assert.Equal(partition == 2 || recompute ? ["IFM205"] : [], result.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task Two_system_partitions_are_refused()
    {
        using ScratchFolder folder = new();
        string path = await new TestDisk().WriteAsync(folder);
        Tool.Run("sgdisk", "--typecode=2:ef00", path);

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => ImageMeasurer.MeasureAsync(path, "disk", null, new MeasureSettings(), Cancellation));

        Assert.Equal("IFM101", fault.Faults[0].Code);
    }

    [Theory]
    [InlineData("qcow2", "qcow2")]
    [InlineData("vpc", "vhd", "subformat=fixed")]
    [InlineData("vpc", "vhd", "subformat=dynamic")]
    public async Task Every_format_gives_the_same_values(string format, string shown, string? option = null)
    {
        using ScratchFolder folder = new();
        string raw = await new TestDisk().WriteAsync(folder);
        string[] options = option is null ? [] : ["-o", option + ",force_size=on"];
        Tool.Run("qemu-img", ["convert", "-O", format, .. options, raw, folder["other"]]);

        ImageMeasurements before = await ImageMeasurer.MeasureAsync(raw, "disk", null, new MeasureSettings(), Cancellation);
        ImageMeasurements after = await ImageMeasurer.MeasureAsync(folder["other"], "disk", null, new MeasureSettings(), Cancellation);

        Assert.Equal(shown, after.Image.Format);
        Assert.Equal(before.Boots[0].Sequence.Events, after.Boots[0].Sequence.Events);
    }

    private static IEnumerable<string> Programs(ImageMeasurements result) =>
        result.Boots[0].Sequence.Of(Register.Pcr(4)).Where(e => e.Subject is EventSubject.Program or EventSubject.Kernel).Select(e => e.What);

    private static async Task<ImageMeasurements> MeasureAsync(TestDisk disk)
    {
        using ScratchFolder folder = new();
        return await ImageMeasurer.MeasureAsync(await disk.WriteAsync(folder), "disk", null, new MeasureSettings(), Cancellation);
    }
}
