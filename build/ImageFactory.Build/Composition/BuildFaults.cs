using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

internal static class BuildFaults
{
    public static Fault BootCheckSkipped(string why) =>
        new("IFH101", ExitCode.Unavailable, $"the boot check was skipped, not passed: {why}")
        {
            Severity = Severity.Warning,
            Hint = "run it where QEMU 10 and swtpm are installed, or once without --offline",
        };

    public static Fault UnknownStage(string name, string? nearest, IEnumerable<string> stages) =>
        new("IFH102", ExitCode.Usage, $"there is no stage '{name}'")
        {
            Hint = nearest is null ? $"the stages are {string.Join(", ", stages)}" : $"did you mean '{nearest}'?",
        };
}
