using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Reporting;

/// <summary>Which events of two images differ, and why.</summary>
/// <param name="Changes">Each changed thing once, with all registers that it changes.</param>
/// <param name="Registers">Registers whose values differ.</param>
public sealed record MeasurementDiff(IReadOnlyList<EventChange> Changes, IReadOnlyList<Register> Registers)
{
    public static MeasurementDiff Between(MeasurementReport before, MeasurementReport after)
    {
        List<EventChange> changes = [];
        List<Register> registers = [];
        foreach (Register register in before.Registers.Concat(after.Registers).Select(r => r.Register).Distinct().OrderBy(r => r.Index))
        {
            IReadOnlyList<MeasuredEvent> old = EventsOf(before, register);
            IReadOnlyList<MeasuredEvent> fresh = EventsOf(after, register);
            if (old.Select(e => e.Digest.Sha256).SequenceEqual(fresh.Select(e => e.Digest.Sha256)))
                continue;
            registers.Add(register);
            changes.AddRange(Align(old, fresh));
        }

        return new MeasurementDiff([.. changes.GroupBy(c => (c.Subject, c.What, c.Before?.Digest, c.After?.Digest)).Select(g => g.First() with { Registers = [.. g.SelectMany(c => c.Registers).Distinct()] })], registers);
    }

    /// <summary>Of the first kind of boot: the others differ in the same things.</summary>
    private static IReadOnlyList<MeasuredEvent> EventsOf(MeasurementReport report, Register register) =>
        report.Registers.FirstOrDefault(r => r.Register == register)?.Values[0].Events ?? [];

    /// <summary>Events about the same thing belong together, in order; what is left on one side was added or removed.</summary>
    private static IEnumerable<EventChange> Align(IReadOnlyList<MeasuredEvent> before, IReadOnlyList<MeasuredEvent> after)
    {
        List<MeasuredEvent> rest = [.. after];
        foreach (MeasuredEvent old in before)
        {
            int match = rest.FindIndex(e => e.Subject == old.Subject && e.What == old.What);
            MeasuredEvent? fresh = match < 0 ? null : rest[match];
            if (match >= 0)
                rest.RemoveAt(match);
            if (fresh?.Digest != old.Digest)
                yield return new EventChange(old.Subject, old.What, old, fresh, [old.Register]);
        }

        foreach (MeasuredEvent fresh in rest)
            yield return new EventChange(fresh.Subject, fresh.What, null, fresh, [fresh.Register]);
    }
}

/// <param name="Before">Null: the event is new.</param>
/// <param name="After">Null: the event is gone.</param>
public sealed record EventChange(EventSubject Subject, string What, MeasuredEvent? Before, MeasuredEvent? After, IReadOnlyList<Register> Registers)
{
    /// <summary>Lines of the recipe, packages and other inputs that can have caused it; empty when no manifests were at hand.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Words that only one side of a command line has.</summary>
    public IReadOnlyList<string> Words => Before?.Text is { } old && After?.Text is { } fresh && (Subject == EventSubject.CommandLine || What.EndsWith(".cmdline", StringComparison.Ordinal))
        ? [.. old.Split(' ').Except(fresh.Split(' ')).Select(w => "- " + w), .. fresh.Split(' ').Except(old.Split(' ')).Select(w => "+ " + w)]
        : [];
}
