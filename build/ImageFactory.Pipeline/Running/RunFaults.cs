using ImageFactory.Model;

namespace ImageFactory.Pipeline.Running;

internal static class RunFaults
{
    public static Fault NotShared(string stage, Exception e) =>
        new Fault("IFP118", ExitCode.Unavailable, "the shared store could not be used, so this machine works by itself")
        {
            Where = stage,
            Detail = e is FactoryException known ? string.Join('\n', known.Faults.Select(f => f.Message)) : e.Message,
            Hint = "check address, login and rights of --shared-store",
        }.AsWarning();

    public static Fault OtherBytes(string stage) =>
        new Fault("IFP119", ExitCode.InvalidInput, "the shared store has other bytes than its entry says; they are not used")
        {
            Where = stage,
            Hint = "whoever can push there decides what is built from it: find out who did, and remove the tag of the stage",
        }.AsWarning();

    internal static Fault Bug(string stage, Exception e) =>
        new("IFP111", ExitCode.Internal, $"stage '{stage}' failed in a way nobody foresaw: {e.GetType().Name}: {e.Message}")
        {
            Where = stage,
            Detail = e.StackTrace,
            Hint = "this is a bug of the factory: please report it with these lines",
        };

    internal static Fault DidNotStop(string stage, TimeSpan limit) =>
        new("IFP112", ExitCode.Internal, $"stage '{stage}' did not end within {limit.TotalSeconds:0} s after it was asked to")
        {
            Where = stage,
            Severity = Severity.Warning,
            Hint = "what it leaves behind is removed by the next run",
        };

    /// <summary>IFP121 no space, IFP122 read-only, IFP123 not permitted, IFP124 anything else.</summary>
    internal static Fault CannotWrite(string stage, Exception e) =>
        Platform.IoErrors.ToFault(e, stage, $"stage '{stage}' could not read or write a file ({e.Message})", "IFP121", "IFP122", "IFP123", "IFP124");
}
