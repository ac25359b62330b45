using ImageFactory.Model;

namespace ImageFactory.Assembly.Locking;

/// <summary>What differs between a lock file and what a locked build finds.</summary>
internal static class LockFaults
{
    private const string LockAgain = "run './build.sh lock' and commit the result";

    public static Fault Differs(string where, string name, string locked, string found) =>
        new("IFA441", ExitCode.InvalidInput, $"'{name}' is not what was locked")
        {
            Where = where,
            Detail = $"locked: {locked}\nfound:  {found}",
            Hint = $"undo its change, or {LockAgain}",
        };

    public static Fault NotLocked(string where, string name) =>
        new("IFA442", ExitCode.InvalidInput, $"the lock file does not pin '{name}'") { Where = where, Hint = LockAgain };

    public static Fault Unused(string where, string name) =>
        new("IFA443", ExitCode.InvalidInput, $"the lock file pins '{name}', which the recipe does not have") { Where = where, Hint = LockAgain };

    public static Fault OnlyPackages(string where) =>
        new("IFA444", ExitCode.InvalidInput, "the lock file is of the older form, which pins packages and nothing else") { Where = where, Hint = LockAgain };
}
