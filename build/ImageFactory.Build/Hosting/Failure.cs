using ImageFactory.Model;

namespace ImageFactory.Build.Hosting;

/// <summary>Turns whatever ended a run into faults and an exit code.</summary>
internal static class Failure
{
    /// <summary>ENOSPC, EROFS and EDQUOT: no code of ours can foresee them, and they are no bug.</summary>
    private static readonly int[] CannotWriteErrors = [28, 30, 122];

    public static IReadOnlyList<Fault> Explain(Exception e, ExitCode? requested)
    {
        // What fails after a signal fails because of it; the log has the details.
        if (requested is { } code)
            return [HostFaults.Stopped(code)];
        return e switch
        {
            FactoryException factory => factory.Faults,
            IOException io when CannotWriteErrors.Contains(io.HResult & 0xffff) => [HostFaults.CannotWrite(io)],
            UnauthorizedAccessException denied => [HostFaults.NotPermitted(denied)],
            AggregateException { InnerExceptions: [{ } only] } => Explain(only, null),
            _ => [HostFaults.Bug(e)],
        };
    }

    public static bool IsBug(IReadOnlyList<Fault> faults) => faults.Any(f => f.ExitCode == ExitCode.Internal);
}
