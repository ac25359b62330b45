using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck;

internal static class BootFaults
{
    private const string SeeConsole = "the console of the machine is in build.log";

    public static Fault NotMultiUser(string state) => Failed("IFB101", $"the image did not reach multi-user.target: it is {state}", SeeConsole);

    public static Fault FailedUnits(IReadOnlyList<string> units) =>
        Failed("IFB102", $"{units.Count} units failed: {string.Join(", ", units)}", $"mask or mend them in the recipe; {SeeConsole}");

    public static Fault NotRunning(string state) => Failed("IFB103", $"the system is in state '{state}', not 'running'", SeeConsole);

    public static Fault NotVerified(string status) =>
        Failed("IFB104", $"dm-verity does not verify the root file system: its status is '{status}'", "this image must not be published");

    public static Fault RootWritable(string what) => Failed("IFB105", $"the root file system can be written: {what}", "this image must not be published");

    public static Fault OtherRootHash(string expected, string found) =>
        Failed("IFB106", $"the running root hash is {found}, the image's is {expected}", "this image must not be published");

    public static Fault NoOverlay(string found) => Failed("IFB107", $"/ is no memory overlay but '{found}'", SeeConsole);

    public static Fault OtherPolicy(Sha256 expected, string found) =>
        Failed("IFB108", $"the agent policy in the running system is {found}, the manifest's is {expected}", "something replaced /etc/kata-opa/default-policy.rego: look at the payload and system.files");

    public static Fault OtherPolicyOnDisk(Sha256? expected, Sha256 found) =>
        Failed("IFB110", $"the agent policy on the disk is {found}, the manifest's is {(expected?.ToString() ?? "none")}", "the image was changed after it was built: build it again");

    public static Fault NoScratch() =>
        Failed("IFB109", "no scratch space was made although the disk has room", $"scratch-storage.service says why; {SeeConsole}");

    public static Fault TimeLimit(TimeSpan limit, string lastLines) =>
        new("IFB201", ExitCode.TryAgain, $"the boot did not report within {limit.TotalSeconds:0} s, twice")
        {
            Detail = lastLines,
            Hint = "a loaded machine is the usual reason: run it alone, or raise bootCheck.timeLimit in the recipe",
        };

    public static Fault QemuEnded(string lastLines) =>
        new("IFB202", ExitCode.InvalidInput, "the virtual machine ended before it reported")
        {
            Detail = lastLines,
            Hint = SeeConsole,
        };

    public static Fault LoginWithoutReport(TimeSpan prompted) =>
        Failed("IFB205", $"the image asked for a login after {prompted.TotalSeconds:0} s and did not report: nothing inside could be checked", $"something removed imagefactory-boot-report.service or its udev rule; {SeeConsole}");

    public static Fault ImageChanged(string path) =>
        new("IFB204", ExitCode.Internal, "the boot check changed the image") { Where = path, Hint = "this is a bug of the factory; build the image again" };

    public static Fault BadReport(string why) => Failed("IFB203", $"the report of the booted system cannot be read: {why}", SeeConsole);

    public static Fault OtherValue(string register, string expected, string found, string events) =>
        Failed("IFB304", $"{register} of this boot is {found}, predicted was {expected}", "the lines say which event differs: '-' was predicted, '+' was measured; these reference values must not be published") with
        {
            Detail = events,
        };

    public static Fault OtherSecureBoot(bool predicted) =>
        Failed(
            "IFB305",
            $"pcr04 of this boot is that of a machine with Secure Boot {(predicted ? "off" : "on")}: the kernel inside the UKI is measured only when it is off",
            "the check boots with Secure Boot off; compare with the values for that setting");

    public static Fault KernelMeasuresLess(int events) =>
        Failed("IFB306", $"the kernel of this image measured {events} of command line and initrd into pcr09", "its EFI stub is older than what the prediction assumes: pcr09 cannot be used as a reference value for this image");

    public static Fault OptionRom(int pcr, string found) =>
        new Fault("IFB307", ExitCode.InvalidInput, $"pcr{pcr:00} is {found}, not the constant of a machine without option ROMs")
        {
            Hint = "the virtual machine of the check has other devices than were meant; the values of the image are not concerned",
        }.AsWarning();

    public static Fault LogUnexplained(string registers) =>
        new Fault("IFB308", ExitCode.InvalidInput, $"the event log that the guest gave does not lead to {registers}, which were read from outside: it is left aside")
        {
            Hint = "without a log the check says which register differs, not which event; a log that differs on purpose is a sign of an image that lies",
        }.AsWarning();

    public static Fault NotPredicted(bool secureBoot) =>
        new Fault("IFB309", ExitCode.InvalidInput, $"there is no prediction for a boot with Secure Boot {(secureBoot ? "on" : "off")}: no register was compared")
        {
            Hint = "name a target without Secure Boot, or look at the warnings of the prediction",
        }.AsWarning();

    private static Fault Failed(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };
}
