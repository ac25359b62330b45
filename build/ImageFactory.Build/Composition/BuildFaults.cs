using ImageFactory.Measurement.References;
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

    public static Fault NotChecked(string recipe) =>
        new("IFH106", ExitCode.InvalidInput, "an image that is taken as it is cannot be checked by a boot: nothing is promised of what runs in it")
        {
            Where = recipe,
            Hint = "check it in the build that makes it, or leave 'base.asIs' out",
        };

    public static Fault OfflineCheck() =>
        new("IFH107", ExitCode.Usage, "--check-upstream asks registries and archives, which --offline forbids") { Hint = "leave one of the two out" };

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

    public static Fault UnknownMachine(string name) =>
        new("IFM401", ExitCode.Usage, $"there is no kind of machine '{name}'") { Hint = $"the kinds are {string.Join(", ", AttestationTarget.All)}; values of a Secure Execution image come from './build.sh se refvalues'" };

    public static Fault NothingOfTheDisk(string target) =>
        new Fault("IFM402", ExitCode.InvalidInput, $"no claim of {target} covers the disk")
        {
            Hint = "its values come from how the machine is launched (measurements.launch in the recipe), or from the Secure Execution image",
        }.AsWarning();

    public static Fault OtherEvents(IReadOnlyList<string> registers) =>
        new("IFM403", ExitCode.InvalidInput, $"the log shows other events than predicted in {string.Join(", ", registers)}")
        {
            Hint = "it is of another image, or of a machine that boots it in another way; the differences are listed",
        };

    public static Fault NoMeasurements(string path, string why) =>
        new("IFM404", ExitCode.MissingInput, "the measurements cannot be read") { Where = path, Detail = why, Hint = "name an image, or the measurements.json of a build" };

    public static Fault BadMeasurements(string path, string why) =>
        new("IFM405", ExitCode.InvalidInput, "the file holds no measurements of this factory") { Where = path, Detail = why, Hint = "name an image, or the measurements.json of a build" };

    public static Fault NotMeasured(string why) =>
        new Fault("IFM406", ExitCode.InvalidInput, $"no reference values are made: {why}") { Hint = "nobody can attest machines that run this image" }.AsWarning();

    public static Fault NotReproduced(string image, string place, int places) =>
        new("IFH108", ExitCode.InvalidInput, $"a second build of the same recipe differs in {places} places, first in {place}")
        {
            Where = image,
            Hint = "the first stage in the list is where it begins; where an input differs, pin it: './build.sh lock', digests of images",
        };

    public static Fault KeysDiffer(string recipe) =>
        new("IFH109", ExitCode.InvalidInput, "each build of an encrypted image makes keys of its own, so no two are the same")
        {
            Where = recipe,
            Hint = "reproduce a recipe without secureExecution; what comes before the encryption is the same in both",
        };

    public static Fault UnknownStage(string name, string? nearest, IEnumerable<string> stages) =>
        new("IFH102", ExitCode.Usage, $"there is no stage '{name}'")
        {
            Hint = nearest is null ? $"the stages are {string.Join(", ", stages)}" : $"did you mean '{nearest}'?",
        };
}
