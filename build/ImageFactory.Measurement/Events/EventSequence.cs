namespace ImageFactory.Measurement.Events;

/// <summary>Events in the order of the boot, over all registers, each with the running value of its register.</summary>
public sealed class EventSequence
{
    private readonly Dictionary<Register, BankDigests> values;

    private EventSequence(IReadOnlyList<MeasuredEvent> events, Dictionary<Register, BankDigests> values)
    {
        Events = events;
        this.values = values;
    }

    public IReadOnlyList<MeasuredEvent> Events { get; }

    /// <summary>The registers that have events, in order.</summary>
    public IReadOnlyList<Register> Registers => [.. values.Keys.OrderBy(r => r.Kind).ThenBy(r => r.Index)];

    /// <summary>The register in the end; zero when nothing extends it.</summary>
    public BankDigests this[Register register] => values.GetValueOrDefault(register, BankDigests.Zero);

    /// <summary>Computes the running values.</summary>
    public static EventSequence Fold(IEnumerable<MeasuredEvent> events)
    {
        Dictionary<Register, BankDigests> values = [];
        List<MeasuredEvent> folded = [];
        foreach (MeasuredEvent one in events)
        {
            BankDigests value = values.GetValueOrDefault(one.Register, BankDigests.Zero).Extend(one.Digest);
            values[one.Register] = value;
            folded.Add(one with { Value = value });
        }

        return new EventSequence(folded, values);
    }

    public IReadOnlyList<MeasuredEvent> Of(Register register) => [.. Events.Where(e => e.Register == register)];
}
