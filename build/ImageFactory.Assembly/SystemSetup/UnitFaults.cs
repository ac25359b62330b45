using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Faults of the units that a recipe names.</summary>
internal static class UnitFaults
{
    public const string NotThereCode = "IFA301";

    public static Fault NotThere(string name, string? nearest) =>
        new(NotThereCode, ExitCode.InvalidInput, $"the image has no unit {name}")
        {
            Hint = nearest is null ? "add the package or the file that brings it" : $"did you mean {nearest}?",
        };

    public static Fault Masked(string name) =>
        new("IFA302", ExitCode.InvalidInput, $"{name} is masked and cannot be enabled")
        {
            Hint = "leave it out: the factory masks what would make the image's measurements differ from boot to boot, or what the base masks",
        };

    public static Fault NothingToEnable(string name) =>
        new("IFA303", ExitCode.InvalidInput, $"{name} has no [Install] section: enabling it does nothing")
        {
            Hint = "leave it out if another unit pulls it in, else add a drop-in with [Install] and WantedBy=multi-user.target under files",
        };

    public static Fault TemplateWithoutInstance(string name) =>
        new("IFA304", ExitCode.InvalidInput, $"{name} is a template without a default instance")
        {
            Hint = $"name an instance, as {name.Replace("@.", "@NAME.", StringComparison.Ordinal)}",
        };

    public static Fault BadName(string name) =>
        new("IFA305", ExitCode.InvalidInput, $"'{name}' is no name of a unit")
        {
            Hint = "write it with its type, as example.service",
        };

    public static Fault BadInstall(string name, string value) =>
        new("IFA306", ExitCode.InvalidInput, $"the [Install] section of {name} names '{value}', which is no unit that it can be linked to")
        {
            Hint = "mend the unit file",
        };

    public static Fault Contradiction(string name, string first, string second) =>
        new("IFA307", ExitCode.InvalidInput, $"{name} is under both {first} and {second}")
        {
            Hint = "take it out of one",
        };

    public static Fault InTheWay(string path) =>
        new("IFA308", ExitCode.InvalidInput, $"{path} is a file, so that no link can stand there")
        {
            Hint = "remove the file, or move it to /usr/lib/systemd/system",
        };

    public static Fault StillWanted(string name, string by) =>
        new Fault("IFA309", ExitCode.InvalidInput, $"{name} is disabled, yet {by} of the distribution starts it")
        {
            Hint = "list it under mask",
        }.AsWarning();

    public static Fault AlsoNotThere(string name, string also) =>
        new Fault("IFA310", ExitCode.InvalidInput, $"{name} names {also} with Also=, which the image does not have").AsWarning();

    public static Fault NothingToMask(string name, string? nearest) =>
        new Fault("IFA311", ExitCode.InvalidInput, $"{name} is masked, but the image has no unit of this name")
        {
            Hint = nearest is null ? "leave it out unless a generator makes it at boot" : $"did you mean {nearest}?",
        }.AsWarning();
}
