using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Reporting;

/// <summary>What somebody stated of an image, held against what its bytes give.</summary>
/// <param name="Confirmed">Every stated value of the register comes out of the bytes.</param>
/// <param name="Wrong">A stated value does not.</param>
/// <param name="NotComputed">It does not follow from the disk alone: PCR 7 with the keys of a certain firmware.</param>
public sealed record ReportCheck(IReadOnlyList<Register> Confirmed, IReadOnlyList<Register> Wrong, IReadOnlyList<Register> NotComputed)
{
    public static ReportCheck Compare(MeasurementReport stated, MeasurementReport computed)
    {
        Dictionary<Register, HashSet<string?>> known = computed.Registers.ToDictionary(r => r.Register, r => r.Values.Select(v => v.Value.Sha256).ToHashSet());
        ILookup<int, Register> groups = stated.Registers.ToLookup(
            r => !known.TryGetValue(r.Register, out HashSet<string?>? values) ? 2 : r.Values.Count > 0 && r.Values.All(v => values.Contains(v.Value.Sha256)) ? 0 : 1,
            r => r.Register);
        return new ReportCheck([.. groups[0]], [.. groups[1]], [.. groups[2]]);
    }
}
