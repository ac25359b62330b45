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

    private static Fault Failed(string code, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Hint = hint };
}
