using ImageFactory.Model;

namespace ImageFactory.Measurement.Layout;

/// <summary>Layouts that have no single prediction. Ambiguity is a fault, never a guess.</summary>
internal static class LayoutFaults
{
    private const string OneChain = "leave one way to boot: one UKI, as \\EFI\\BOOT\\BOOTX64.EFI or behind one boot loader";

    public static Fault PartitionCount(string image, int count) => Refused("IFM101", image,
        count == 0 ? "there is no EFI system partition" : $"there are {count} EFI system partitions; which one boots is the firmware's choice",
        "an image has exactly one EFI system partition");

    public static Fault NoBootProgram(string image) =>
        Refused("IFM102", image, "there is no \\EFI\\BOOT\\BOOTX64.EFI, the program that firmware starts from a new disk", "put the UKI or the boot loader there");

    public static Fault UnknownProgram(string image, string path) =>
        Refused("IFM103", image, $"{path} is neither a UKI nor systemd-boot nor shim", "other boot loaders measure what they like; it cannot be predicted");

    public static Fault Grub(string image, string path) =>
        Refused("IFM104", image, $"{path} is grub, which measures each of its commands and files", "boot a unified kernel image instead");

    public static Fault SeveralKernels(string image, IReadOnlyList<string> paths) =>
        Refused("IFM105", image, $"there are {paths.Count} unified kernel images: {string.Join(", ", paths)}", OneChain);

    public static Fault NoUki(string image, string loader) =>
        Refused("IFM106", image, $"{loader} finds no unified kernel image to start", OneChain);

    public static Fault LoaderEntry(string image, string path, string why) =>
        Refused("IFM107", image, $"the boot loader entry {path} {why}", "leave the entry out; systemd-boot finds the UKI in \\EFI\\Linux by itself");

    public static Fault BootCounting(string image, string path) =>
        Refused("IFM108", image, $"{path} counts boots in its name: systemd-boot renames it at each boot", "take the '+3-0' out of the name");

    public static Fault NoSecondStage(string image, string path) =>
        Refused("IFM109", image, $"shim finds no second stage: there is no {path}", "put the UKI beside shim under that name");

    public static Fault FallbackEntries(string image, IReadOnlyList<string> entries) => Refused("IFM110", image,
        entries.Count == 0 ? "shim's fallback program is there and finds no BOOTX64.CSV with an entry"
            : $"shim's fallback program makes {entries.Count} boot entries: {string.Join(", ", entries)}",
        "leave one entry in one BOOTX64.CSV, or leave the fallback program out");

    public static Fault FallbackTarget(string image, string file, string target) =>
        Refused("IFM111", image, $"{file} names {target}, which is not there", "name a program in the folder of the file");

    public static Fault StrayFolder(string image, string path) =>
        Refused("IFM112", image, $"{path} belongs to no UKI that boots", "name the folder '<file of the UKI>.extra.d'");

    public static Fault FileName(string image, string path) =>
        Refused("IFM113", image, $"the name of {path} has characters beyond ASCII, which stubs treat differently", "rename the file");

    public static Fault AddonKind(string image, string path) =>
        Refused("IFM114", image, $"the addon {path} carries a device tree, which is not predicted", "leave .dtb and .dtbauto out of addons");

    public static Fault AddonKernel(string image, string path, string wanted, string present) =>
        Refused("IFM115", image, $"the addon {path} is for kernel {wanted}, the UKI has {present}: the stub loads it and leaves it out", "make the addon anew for this kernel");

    public static Fault SectionSize(string image, string section, long memory, long stored) => Refused("IFM116", image,
        FormattableString.Invariant($"section {section} takes {memory} bytes in memory and {stored} in the file"), "no tool makes such a UKI; the file may be damaged");

    public static Fault TextSection(string image, string section) =>
        Refused("IFM117", image, $"section {section} is not UTF-8 text", "the stub would hand on something else than was meant; mend the UKI");

    private static Fault Refused(string code, string image, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = image, Hint = hint };
}
