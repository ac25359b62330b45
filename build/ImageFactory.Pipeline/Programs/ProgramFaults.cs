using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Programs;

internal static class ProgramFaults
{
    internal static Fault NotFound(ProgramCall call) =>
        new("IFP401", ExitCode.Unavailable, call.Program.Contains('/', StringComparison.Ordinal)
            ? "there is no such program, or it may not be executed"
            : "this program is needed and is not in PATH")
        {
            Where = call.Program,
            Hint = call.InstallHint ?? "run './build.sh doctor': it lists what is missing and the command that installs it",
        };

    internal static Fault EndedWith(ProgramCall call, int code, string detail) =>
        new("IFP402", call.Failure, $"the program ended with {code}") { Where = call.Program, Detail = detail };

    internal static Fault KilledBy(ProgramCall call, int signal, string detail) =>
        new("IFP403", ExitCode.TryAgain, $"the program was ended by signal {signal} ({NameOf(signal)})")
        {
            Where = call.Program,
            Detail = detail,
            Hint = signal == Native.SignalKill
                ? "nobody but the kernel does that unasked: look for 'out of memory' in its log, and give the build more memory"
                : null,
        };

    internal static Fault TookTooLong(ProgramCall call, string detail) =>
        new("IFP404", ExitCode.TryAgain, $"the program was ended after its time limit of {call.Limit!.Value.TotalSeconds:0.#} s")
        {
            Where = call.Program,
            Detail = detail,
            Hint = "try again when the machine or the network is less busy",
        };

    internal static Fault CannotStart(ProgramCall call, Exception e) =>
        new("IFP405", ExitCode.Unavailable, $"the program could not be started: {e.Message}") { Where = call.Program, Detail = $"$ {ShellText.Of(call)}" };

    internal static Fault NoSpace(ProgramCall call, int code, string detail) =>
        new("IFP406", ExitCode.CannotWrite, $"the program ended with {code} because no space is left on the file system")
        {
            Where = call.Program,
            Detail = detail,
            Hint = "free some space (the store is shrunk by its gc), or move the store or the temporary folder",
        };

    internal static Fault SaidTooMuch(ProgramCall call, long limit) =>
        new("IFP407", ExitCode.Internal, $"the program said more than the {limit >> 20} MiB that are kept in memory")
        {
            Where = call.Program,
            Detail = $"$ {ShellText.Of(call)}",
            Hint = "this is a bug of the factory: such output belongs into a file",
        };

    /// <summary>IFP411 no space, IFP412 read-only, IFP413 not permitted, IFP414 anything else.</summary>
    internal static Fault CannotWriteOutput(ProgramCall call, Exception e)
    {
        string what = $"the output of {call.Name} cannot be written";
        return IoErrors.ToFault(e, call.OutputFile ?? call.Program, what, "IFP411", "IFP412", "IFP413", "IFP414");
    }

    private static string NameOf(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => "see signal(7)",
    };
}
