using ImageFactory.Model;

namespace ImageFactory.Measurement;

internal static class MeasureFaults
{
    /// <summary>
    /// No partition table of this kind (IFI202), not one boot that is predicted (IFM101 to IFM117), no root hash, several, or one of another kind (IFM201 to IFM203).
    /// All others say that the image is damaged or does not boot.
    /// </summary>
    public static bool IsUnpredictable(Fault fault) =>
        fault.Code is "IFI202" or "IFM201" or "IFM202" or "IFM203" || fault.Code.StartsWith("IFM1", StringComparison.Ordinal);

    public static Fault NotPredicted(string image) =>
        new Fault("IFM407", ExitCode.InvalidInput, "no reference values are made: what the image measures when it boots could not be predicted")
        {
            Where = image,
            Hint = "take the reference values that the image's publisher gives, or build an image with one unified kernel image and a root hash on its command line",
        }.AsWarning();
}
