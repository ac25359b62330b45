using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup.Options;

/// <summary>Faults of options that a base cannot have.</summary>
internal static class OptionFaults
{
    public static Fault BadFacts(string file, string problem) =>
        new("IFA332", ExitCode.Internal, $"the facts of an option cannot be read: {problem}")
        {
            Where = file,
            Hint = "this is a bug of the factory, or the file was changed",
        };

    public static Fault Missing(string key, OptionNeed need) =>
        new("IFA333", ExitCode.InvalidInput, $"'{key}' needs {need.Path}, which the system does not have")
        {
            Hint = $"it comes with {need.From}: add that to the base or bring it as payload, or leave the option out",
        };

    public static Fault KernelWithout(string key, string kernel, string option) =>
        new("IFA334", ExitCode.InvalidInput, $"'{key}' needs a kernel with {option}, and {kernel} was built without it")
        {
            Hint = "take a base with another kernel, or leave the option out",
        };

    public static Fault KernelUnknown(string key, string option) =>
        new("IFA335", ExitCode.InvalidInput, $"'{key}' needs a kernel with {option}, and nothing in the system says what its kernel was built with")
        {
            Hint = "keep /boot/config-VERSION or /usr/lib/modules/VERSION/config in the base",
        };

    public static Fault OwnInitrd(string key, IReadOnlyList<string> modules, string why) =>
        new("IFA336", ExitCode.InvalidInput, $"'{key}' needs an initrd with {string.Join(", ", modules)}, and {why}")
        {
            Hint = "make the measured disk with a kernel of the base ('disk.integrity: verity', 'base.guest.boot: kernel', 'base.way: direct'), or leave the option out",
        };
}
