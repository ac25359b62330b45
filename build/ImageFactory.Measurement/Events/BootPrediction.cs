namespace ImageFactory.Measurement.Events;

/// <summary>What one kind of boot of an image measures: every event in order, and the registers at the end.</summary>
public sealed record BootPrediction
{
    /// <summary>Whether the firmware checks signatures; the inner kernel is then not measured.</summary>
    public required bool SecureBoot { get; init; }

    /// <summary>The phases that systemd has extended into PCR 11, in order; none when its units are masked.</summary>
    public IReadOnlyList<string> Phases { get; init; } = [];

    public required EventSequence Sequence { get; init; }

    /// <summary>
    /// Registers that the image decides. For the others (firmware, host) the sequence has no events, and nothing is said about them.
    /// </summary>
    public required IReadOnlyList<Register> Predicted { get; init; }

    /// <summary>Registers whose value is predicted by rules that no boot of this stub or kernel confirmed, with the reason.</summary>
    public IReadOnlyDictionary<Register, string> NotVerified { get; init; } = new Dictionary<Register, string>();

    public BankDigests this[Register register] => Sequence[register];
}
