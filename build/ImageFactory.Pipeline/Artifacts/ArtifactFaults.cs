using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Artifacts;

internal static class ArtifactFaults
{
    /// <summary>IFP501 no space, IFP502 read-only, IFP503 not permitted, IFP504 anything else.</summary>
    internal static Fault CannotWrite(Exception e, string where) =>
        IoErrors.ToFault(e, where, "the artifact cannot be written", "IFP501", "IFP502", "IFP503", "IFP504");
}
