using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Model;

namespace ImageFactory.Measurement.References;

/// <summary>All reference values of one image for the chosen targets.</summary>
public sealed record ReferenceSet
{
    public required Sha256 Image { get; init; }

    public required IReadOnlyList<AttestationTarget> Targets { get; init; }

    /// <summary>By name, each name once.</summary>
    public required IReadOnlyList<ReferenceValue> Values { get; init; }

    /// <summary>When verifiers that look at it stop to accept the values: <c>YYYY-MM-DDTHH:MM:SSZ</c>.</summary>
    public required string Expiration { get; init; }

    /// <summary>Values whose rules nobody saw in a boot, by name, with the reason. Every file that has them says so.</summary>
    public IReadOnlyDictionary<string, string> NotVerified { get; init; } = new Dictionary<string, string>();

    /// <summary>PCRs that are given to verifiers: covered by the image, the same on every machine that boots it. PCR 8 comes from initdata, PCR 7 from enrolled keys.</summary>
    private static readonly int[] Given = [3, 4, 9, 11, 12];

    /// <param name="measurements">Of the image.</param>
    /// <param name="image">SHA-256 of the image file.</param>
    /// <param name="initdata">The documents that pods may bring.</param>
    /// <param name="launch">Values that do not come from the disk. Where machines are booted directly, the disk's boot has no say in the RTMRs.</param>
    /// <param name="expiration">As the RVPS takes it.</param>
    public static ReferenceSet Of(
        ImageMeasurements measurements,
        Sha256 image,
        IReadOnlyList<AttestationTarget> targets,
        IReadOnlyList<InitdataDigests> initdata,
        IReadOnlyList<ReferenceValue> launch,
        string expiration)
    {
        List<ReferenceValue> values = [.. targets.Where(t => t.PcrClaims is not null).SelectMany(t => PcrValues(t, measurements, initdata))];
        values.AddRange(launch);
        if (initdata.Count > 0 && targets.Contains(AttestationTarget.Snp))
            values.Add(new ReferenceValue("snp_init_data", [.. initdata.Select(i => i.HostData)]));
        if (initdata.Count > 0 && targets.Contains(AttestationTarget.Tdx))
            values.Add(new ReferenceValue("tdx_init_data", [.. initdata.Select(i => i.MrConfigId)]));
        if (targets.Contains(AttestationTarget.Tdx) && !launch.Any(v => TdxRegisters.Doubtful.Contains(v.Name)))
            values.AddRange(TdxRegisters.Of(measurements));
        return new ReferenceSet
        {
            Image = image,
            Targets = targets,
            Values = [.. values.GroupBy(v => v.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new ReferenceValue(g.Key, [.. g.SelectMany(v => v.Values).Distinct()]))],
            Expiration = expiration,
            NotVerified = values.Select(v => v.Name).Where(TdxRegisters.Doubtful.Contains).Distinct().ToDictionary(n => n, _ => TdxRegisters.Doubt),
        };
    }

    /// <summary>A comment line for each doubt, for the head of a file.</summary>
    internal string DoubtComments() => string.Concat(NotVerified.Select(d => $"# NOT VERIFIED: {d.Key}: {d.Value}\n"));

    private static IEnumerable<ReferenceValue> PcrValues(AttestationTarget target, ImageMeasurements measurements, IReadOnlyList<InitdataDigests> initdata)
    {
        foreach (int pcr in Given.Concat(measurements.Boots.All(b => b.Predicted.Contains(Register.Pcr(7))) ? [7] : []))
            yield return new ReferenceValue(NameOf(target, pcr), [.. measurements.Boots.Select(b => b[Register.Pcr(pcr)].Sha256!).Distinct()]);
        if (initdata.Count > 0)
            yield return new ReferenceValue(NameOf(target, 8), [.. initdata.Select(i => i.Pcr8).Distinct()]);
    }

    private static string NameOf(AttestationTarget target, int pcr) => $"{target.Prefix}_{Register.Pcr(pcr)}";
}
