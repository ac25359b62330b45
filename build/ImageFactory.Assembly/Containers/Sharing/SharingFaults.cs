using ImageFactory.Model;

namespace ImageFactory.Assembly.Containers.Sharing;

internal static class SharingFaults
{
    public static Fault NotAnEntry(string where, string why) =>
        new("IFJ201", ExitCode.InvalidInput, $"this is no output of a stage: {why}")
        {
            Where = where,
            Hint = "give the shared store a repository of its own, and let only builders push there",
        };
}
