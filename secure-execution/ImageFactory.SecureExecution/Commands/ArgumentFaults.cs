using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Commands;

/// <summary>Faults about the arguments of <c>se create</c> (IFS251 to IFS259).</summary>
internal static class ArgumentFaults
{
    public static Fault Unknown(string argument) => Usage("IFS251", argument, "this argument is not known", "the help of the verb lists all of them");

    public static Fault NoValue(string option) => Usage("IFS252", option, "a value is missing", "put it behind the option");

    public static Fault Twice(string option) => Usage("IFS253", option, "the option may be given once", "keep one of them");

    public static Fault Required(string option) => Usage("IFS254", option, "this option is needed", "give it");

    public static Fault Conflict(string option, string other) => Usage("IFS257", option, $"this excludes {other}", "keep one of them");

    public static Fault KeyFile(string file, Exception cause) => new("IFS255", ExitCode.MissingInput, $"the key cannot be read: {cause.Message}")
    {
        Where = file,
        Hint = "check path and permissions",
    };

    public static Fault CannotWriteKey(string file, Exception cause) => new("IFS256", ExitCode.CannotWrite, $"the key cannot be written: {cause.Message}")
    {
        Where = file,
        Hint = "name a file that does not exist yet, in a folder that may be written",
    };

    private static Fault Usage(string code, string where, string message, string hint) => new(code, ExitCode.Usage, message) { Where = where, Hint = hint };
}
