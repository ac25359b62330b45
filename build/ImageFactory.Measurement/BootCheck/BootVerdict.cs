using ImageFactory.Measurement.BootCheck.Tpm;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>
/// What a boot says about a prediction (Boot check, section 7). Registers that the firmware owns never fail; those of its options warn;
/// every other predicted register must have a predicted value, and the event that differs is named.
/// </summary>
internal sealed class BootVerdict
{
    /// <summary>Value of PCR 2 and 3 when nothing but a separator was measured: no option ROM, no driver's configuration.</summary>
    public const string OnlySeparator = "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969";

    private const int Programs = 4;
    private const int Kernel = 9;

    private static readonly int[] OfFirmware = [0, 1, 5, 6, 7];
    private static readonly int[] OfOptions = [2, 3];

    private BootVerdict(IReadOnlyList<Fault> faults, IReadOnlyList<Register> equal)
    {
        Faults = faults;
        Equal = equal;
    }

    /// <summary>Errors for registers that differ, warnings for what is worth a look.</summary>
    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>The registers that the boot confirmed.</summary>
    public IReadOnlyList<Register> Equal { get; }

    /// <param name="predictions">The ways in which the image may boot: by Secure Boot and phases. One must fit.</param>
    /// <param name="registers">As read from outside.</param>
    /// <param name="log">As the guest gave it; null when it has none.</param>
    /// <param name="secureBoot">Whether the firmware of this boot checked signatures.</param>
    public static BootVerdict Of(IReadOnlyList<BootPrediction> predictions, TpmSnapshot registers, TcgEventLog? log, bool secureBoot)
    {
        const Bank bank = Bank.Sha256;
        IReadOnlyDictionary<int, string> found = registers.Banks[bank];
        List<Fault> faults = [];
        if (log is not null && Unexplained(log, found, bank) is { Length: > 0 } unexplained)
        {
            faults.Add(BootFaults.LogUnexplained(unexplained));
            log = null;
        }

        BootPrediction[] fitting = [.. predictions.Where(p => p.SecureBoot == secureBoot)];
        BootPrediction? leading = fitting.FirstOrDefault();
        if (leading is null)
        {
            faults.Add(BootFaults.NotPredicted(secureBoot));
            return new BootVerdict(faults, []);
        }

        EventLogComparison? comparison = log is null ? null : EventLogComparison.Of(leading, log, bank);
        List<Register> equal = [];
        foreach (Register register in leading.Predicted.Where(r => r.Kind == RegisterKind.Pcr && !OfFirmware.Contains(r.Index) && !OfOptions.Contains(r.Index)))
        {
            string value = found.GetValueOrDefault(register.Index, "");
            if (fitting.Any(p => p[register].Find(bank) == value))
                equal.Add(register);
            else
                faults.Add(Explain(register, value, leading, predictions, comparison, log, bank));
        }

        faults.AddRange(OfOptions.Where(pcr => found.GetValueOrDefault(pcr) != OnlySeparator).Select(pcr => BootFaults.OptionRom(pcr, found.GetValueOrDefault(pcr, "nothing"))));
        return new BootVerdict(faults, equal);
    }

    /// <summary>Registers whose value the log does not give; userspace may have extended some of them further.</summary>
    private static string Unexplained(TcgEventLog log, IReadOnlyDictionary<int, string> found, Bank bank)
    {
        int[] later = [8, 10, 11, 14, 15, 16, 23];
        IReadOnlyDictionary<int, byte[]> replayed = log.Replay(TcgAlgorithms.Of(bank));
        return string.Join(", ", replayed.Where(r => !later.Contains(r.Key) && found.GetValueOrDefault(r.Key) != Convert.ToHexStringLower(r.Value)).Select(r => Register.Pcr(r.Key)));
    }

    private static Fault Explain(
        Register register, string value, BootPrediction leading, IReadOnlyList<BootPrediction> predictions, EventLogComparison? comparison, TcgEventLog? log, Bank bank)
    {
        if (register.Index == Programs && predictions.Any(p => p.SecureBoot != leading.SecureBoot && p[register].Find(bank) == value))
            return BootFaults.OtherSecureBoot(leading.SecureBoot);
        string expected = leading[register].Find(bank) ?? "not computed";
        RegisterComparison? events = comparison?.Registers.FirstOrDefault(r => r.Register == register);
        if (register.Index == Kernel && log?.Events.Count(e => e.Extends && e.Pcr == Kernel) is { } count and < 2 && count < leading.Sequence.Of(register).Count)
            return BootFaults.KernelMeasuresLess(count);
        IEnumerable<string> lines = events is null
            ? leading.Sequence.Of(register).Select(e => $"  {register} {TcgEventTypes.NameOf(e.Type)} {e.What} {e.Digest[bank]}")
            : events.Differences.SelectMany(d => d.Lines(bank));
        return BootFaults.OtherValue(register.ToString(), expected, value, string.Join('\n', lines));
    }
}
