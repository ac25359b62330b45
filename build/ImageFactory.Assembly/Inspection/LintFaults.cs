using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>The rules of a safe pod VM image, each as the fault of breaking it.</summary>
internal static class LintFaults
{
    public static Fault OpenUser(string user) =>
        Rule("IFA901", $"user {user} can log in with a password of the image, or without one", "lock the account: an image must not let anybody in");

    public static Fault AuthorizedKeys(string file) =>
        Rule("IFA902", $"{file} lets the holder of a key log in", "leave ssh keys out of the image");

    public static Fault SshServer(string unit) =>
        Rule("IFA903", $"{unit} is started at boot", "mask it, or leave the ssh server out");

    public static Fault MachineId() =>
        Rule("IFA904", "/etc/machine-id is not an empty file: all guests would have one identity, or ask for it at boot", "make it an empty file");

    public static Fault NoVerity() =>
        Rule("IFA905", "the command line carries no root hash: the root file system can be changed without any measurement changing", "build with integrity: verity");

    public static Fault RootHash(string what, Sha256 expected, Sha256? found) =>
        Rule("IFA906", $"the command line has root hash {expected}, {what} gives {found?.Hex ?? "none"}", "the image is damaged or was changed: build it again");

    public static Fault KernelCount(int count, string paths) =>
        Rule("IFA907", count == 0 ? "there is no unified kernel image on the EFI system partition" : $"firmware can reach {count} kernels: {paths}", "leave exactly one: \\EFI\\BOOT\\BOOTX64.EFI");

    public static Fault MeasuringUnit(string unit) =>
        Rule("IFA908", $"{unit} is not masked: it extends a PCR while the system boots, so that no single value can be expected", "mask it");

    public static Fault Autologin(string unit) =>
        Rule("IFA909", $"{unit} logs somebody in on a console without asking", "remove the drop-in, or mask the unit");

    public static Fault NoPolicy() =>
        Rule("IFA910", "there is no agent policy at /etc/kata-opa/default-policy.rego: the host may do anything", "set agentPolicy in the recipe");

    public static Fault PolicyWrong(string path) =>
        Rule("IFA911", $"the agent policy {path} has errors, see below", "mend the policy");

    public static Fault PolicyWeaker(string call) =>
        Rule("IFA912", $"the agent policy allows {call}, which the preset coco refuses", "use the preset coco, or know why the host needs this");

    public static Fault RootUnread() =>
        Rule("IFA913", "the root file system could not be read, so most rules were not checked", "install the program that is named above");

    public static Fault HostKey(string file) =>
        Rule("IFA914", $"{file} is a private key of an ssh server, the same in every guest", "remove it");

    public static Fault PartitionIds() =>
        Rule("IFA915", "the partition UUIDs are not the halves of the root hash: the system will not find its root", "build the image again");

    public static Fault Argument(string argument) =>
        Rule("IFA916", $"the kernel argument {argument} opens a shell or turns a protection off", "remove it from the kernel arguments");

    public static Fault CloudInit() =>
        Rule("IFA917", "cloud-init does what the metadata of the cloud says: users, keys, commands", "leave it out, or set cloudInit: restricted");

    private static Fault Rule(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };
}
