using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.References;

/// <summary>
/// RTMR 1 and 2 of a TDX machine that boots the disk without a vTPM inside: the same events as a TPM's, in the order of the boot, merged
/// (specification of the measurements, 10.4). Read in sources and not seen in a boot; whether the firmware adds a separator differs, so
/// RTMR 1 has two values.
/// </summary>
internal static class TdxRegisters
{
    public const string Doubt = "no boot of a TDX machine was recorded; confirm the values on one machine";

    /// <summary>Names of the values that <see cref="Doubt"/> is about.</summary>
    public static readonly IReadOnlyList<string> Doubtful = ["rtmr_1", "rtmr_2", "tdvfkernel", "tdvfkernelparams"];

    private static readonly int[] First = [4, 5];
    private static readonly int[] Second = [9, 11, 12, 13];

    public static IEnumerable<ReferenceValue> Of(ImageMeasurements measurements)
    {
        if (measurements.Boots.Any(b => Fold(b, Second, false) is null))
            yield break;
        yield return new ReferenceValue("rtmr_1", [.. measurements.Boots.SelectMany(b => new[] { Fold(b, First, false)!, Fold(b, First, true)! }).Distinct()]);
        yield return new ReferenceValue("rtmr_2", [.. measurements.Boots.Select(b => Fold(b, Second, false)!).Distinct()]);
    }

    private static string? Fold(BootPrediction boot, int[] pcrs, bool withSeparator)
    {
        bool separated = false;
        BankDigests value = BankDigests.Zero;
        foreach (MeasuredEvent one in boot.Sequence.Events.Where(e => e.Register.Kind == RegisterKind.Pcr && pcrs.Contains(e.Register.Index) && e.Subject != EventSubject.Phase))
        {
            if (one.Subject == EventSubject.Separator && (separated || !withSeparator))
                continue;
            separated |= one.Subject == EventSubject.Separator;
            value = value.Extend(one.Digest);
        }

        return value.Sha384;
    }
}
