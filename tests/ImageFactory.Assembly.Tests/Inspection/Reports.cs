using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Inspection;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>A report of a safe image, to be spoilt.</summary>
internal static class Reports
{
    private static readonly Sha256 RootHash = new("6d2f00112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e");

    public static ImageReport Safe() => new()
    {
        File = "podvm.qcow2",
        Format = "qcow2",
        FileSize = 106_700_800,
        VirtualSize = 144_703_488,
        Partitions =
        [
            new PartitionReport(1, "esp", "EFI system", PartitionTypes.EfiSystem, new Guid("11111111-2222-3333-4444-555555555555"), 1 << 20, 40 << 20, "vfat"),
            new PartitionReport(2, "root", "root (X64)", PartitionTypes.RootX64, new Guid("6d2f0011-2233-4455-6677-8899aabbccdd"), 41 << 20, 95 << 20, "erofs"),
            new PartitionReport(3, "hash", "root hashes (X64)", PartitionTypes.RootVerityX64, new Guid("eeff0102-0304-0506-0708-090a0b0c0d0e"), 136 << 20, 1 << 20, "dm-verity hashes"),
        ],
        Programs = [Uki(@"\EFI\BOOT\BOOTX64.EFI")],
        Verity = new VerityReport
        {
            OnCommandLine = RootHash,
            OfData = RootHash,
            OfStoredTree = RootHash,
            IdsMatch = true,
            Uuid = new Guid("99999999-8888-7777-6666-555555555555"),
            Salt = "00ff",
            DataBlocks = 24_320,
        },
        Root = new RootReport
        {
            FileSystem = "erofs",
            Files = 6543,
            Bytes = 180_000_000,
            OsRelease = new Dictionary<string, string> { ["PRETTY_NAME"] = "Debian GNU/Linux 13 (trixie)", ["ID"] = "debian" },
            Packages = new PackageReport("dpkg", 177),
            EnabledUnits = ["systemd-networkd.service", "systemd-resolved.service"],
            MaskedUnits = ["getty@.service", "systemd-pcrphase.service"],
            AgentPrograms = new Dictionary<string, bool> { ["/usr/local/bin/kata-agent"] = true, ["/pause_bundle"] = false },
            PolicyPath = "/etc/kata-opa/coco-default-policy.rego",
            Policy = PolicyInspector.Inspect(AgentPolicyPreset.Coco, "4.1", isMeasured: true),
            SetIdFiles = ["/usr/bin/su"],
            HasEmptyMachineId = true,
        },
    };

    public static UkiReport Uki(string path) => new()
    {
        Path = path,
        Size = 25_165_824,
        HasKernel = true,
        Sections = [new UkiSection(".text", 65_536), new UkiSection(".linux", 11_000_000), new UkiSection(".initrd", 13_300_000)],
        CommandLine = $"roothash={RootHash} systemd.volatile=overlay console=ttyS0",
        KernelRelease = "6.12.107+deb13-cloud-amd64",
        Stub = "257.13-1~deb13u1",
        OsName = "Debian GNU/Linux 13 (trixie)",
    };
}
