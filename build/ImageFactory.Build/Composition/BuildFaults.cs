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

    public static Fault OfflinePublish() =>
        new("IFH103", ExitCode.Usage, "the image was not published: --offline asks nothing of the network")
        {
            Severity = Severity.Warning,
            Hint = "run ./build.sh publish without --offline",
        };

    public static Fault NoDestination(string recipe) =>
        new("IFH104", ExitCode.InvalidInput, "the recipe has no destinations")
        {
            Where = recipe,
            Hint = "name some under 'publish:', for example - {kind: directory, path: out}",
        };

    public static Fault NoBuild(string manifest) =>
        new("IFH105", ExitCode.MissingInput, "there is no build of this recipe that says which image is meant")
        {
            Where = manifest,
            Hint = "give its digest with --digest, or the folder of its artifacts with --output",
        };

    public static Fault UnknownStage(string name, string? nearest, IEnumerable<string> stages) =>
        new("IFH102", ExitCode.Usage, $"there is no stage '{name}'")
        {
            Hint = nearest is null ? $"the stages are {string.Join(", ", stages)}" : $"did you mean '{nearest}'?",
        };
}
