using ImageFactory.Model;

namespace ImageFactory.Pipeline.Platform;

/// <summary>Tells what an exception of the base library means for whoever has to mend it.</summary>
internal static class IoErrors
{
    internal static bool IsNoSpace(Exception e) => Number(e) is Native.ErrorNoSpace or Native.ErrorQuota;

    internal static bool IsReadOnly(Exception e) => Number(e) == Native.ErrorReadOnly;

    internal static bool IsNotPermitted(Exception e) => e is UnauthorizedAccessException;

    internal static bool IsAny(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The fault for something that could not be written. The codes differ by area, the three causes are the same everywhere.</summary>
    internal static Fault ToFault(
        Exception e, string where, string what, string noSpaceCode, string readOnlyCode, string notPermittedCode, string otherCode) => e switch
        {
            _ when IsNoSpace(e) => new Fault(noSpaceCode, ExitCode.CannotWrite, $"{what}: no space is left on the file system")
            {
                Where = where,
                Hint = "free some space there (the store is shrunk by its gc), or choose another place",
            },
            _ when IsReadOnly(e) => new Fault(readOnlyCode, ExitCode.CannotWrite, $"{what}: the file system is mounted read-only")
            {
                Where = where,
                Hint = "choose a place that can be written to, or mount it writable",
            },
            _ when IsNotPermitted(e) => new Fault(notPermittedCode, ExitCode.NotPermitted, $"{what}: this user has no right to")
            {
                Where = where,
                Hint = "give this user the rights, or choose another place",
            },
            _ => new Fault(otherCode, ExitCode.CannotWrite, $"{what}: {e.Message}") { Where = where },
        };

    // On Unix the base library keeps errno in HResult; what is not permitted carries it in the inner exception.
    private static int Number(Exception e) => e switch
    {
        UnauthorizedAccessException { InnerException: IOException inner } => inner.HResult,
        IOException io => io.HResult,
        _ => 0,
    };
}
