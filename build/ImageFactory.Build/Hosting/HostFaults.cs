using ImageFactory.Model;

namespace ImageFactory.Build.Hosting;

/// <summary>Faults of the host itself.</summary>
internal static class HostFaults
{
    public static Fault Stopped(ExitCode code) =>
        new("IFH040", code, code == ExitCode.Interrupted ? "stopped by SIGINT" : "stopped by SIGTERM") { Hint = "the same command goes on where this run stopped" };

    /// <summary>A bug of ours, told without the trace.</summary>
    public static Fault Bug(Exception e) => new("IFX001", ExitCode.Internal, $"a bug in the factory: {e.GetType().Name}: {e.Message}")
    {
        Hint = "run again with --verbose for the trace, and report it with the command line",
    };

    /// <summary>The disk is full, or read-only, wherever in the code that showed.</summary>
    public static Fault CannotWrite(IOException e) => new("IFH041", ExitCode.CannotWrite, e.Message)
    {
        Hint = "make room, or choose other folders with --output and --store",
    };

    public static Fault NotPermitted(UnauthorizedAccessException e) => new("IFH042", ExitCode.NotPermitted, e.Message)
    {
        Hint = "run as a user who may, or choose other folders with --output and --store",
    };

    public static Fault LogIncomplete(string why) =>
        new("IFH043", ExitCode.CannotWrite, "the build log is incomplete") { Detail = why, Severity = Severity.Warning };
}
