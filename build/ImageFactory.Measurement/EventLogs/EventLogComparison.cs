using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>A recorded log held against a prediction, register by register and event by event. Only registers that the prediction speaks of count.</summary>
public sealed class EventLogComparison
{
    private EventLogComparison(Bank bank, IReadOnlyList<RegisterComparison> registers)
    {
        Bank = bank;
        Registers = registers;
    }

    public Bank Bank { get; }

    public IReadOnlyList<RegisterComparison> Registers { get; }

    public bool IsEqual => Registers.All(r => r.IsEqual);

    public IEnumerable<EventDifference> Differences => Registers.SelectMany(r => r.Differences);

    /// <exception cref="FactoryException">The log has no digests in the bank.</exception>
    public static EventLogComparison Of(BootPrediction prediction, TcgEventLog log, Bank bank)
    {
        IReadOnlyDictionary<int, byte[]> replayed = log.Replay(TcgAlgorithms.Of(bank));
        List<RegisterComparison> registers = [];
        foreach (Register register in prediction.Predicted.Where(r => r.Kind == RegisterKind.Pcr))
        {
            // Userspace extends after the last event of the firmware: those events are in no such log.
            MeasuredEvent[] expected = [.. prediction.Sequence.Of(register).Where(e => e.Type != TcgEventType.Userspace)];
            TcgEvent[] found = [.. log.Events.Where(e => e.Extends && e.Pcr == register.Index)];
            string value = replayed.TryGetValue(register.Index, out byte[]? bytes) ? Convert.ToHexStringLower(bytes) : BankDigests.Zero[bank];
            registers.Add(new RegisterComparison(
                register, expected.Length == 0 ? BankDigests.Zero[bank] : expected[^1].Value[bank], value, Differ(register, expected, found, bank)));
        }

        return new EventLogComparison(bank, registers);
    }

    /// <summary>
    /// The shortest list of differences: events in the longest common subsequence of digests are equal, and what stands on both sides
    /// of one gap is paired in order.
    /// </summary>
    private static List<EventDifference> Differ(Register register, MeasuredEvent[] expected, TcgEvent[] found, Bank bank)
    {
        string[] left = [.. expected.Select(e => e.Digest[bank])];
        string?[] right = [.. found.Select(e => e.DigestOf(TcgAlgorithms.Of(bank)))];

        // What is equal at the ends need not enter the table, which is as large as the product of both lengths.
        int begin = 0;
        while (begin < left.Length && begin < right.Length && left[begin] == right[begin])
            begin++;
        int end = 0;
        while (end < left.Length - begin && end < right.Length - begin && left[^(end + 1)] == right[^(end + 1)])
            end++;
        int rows = left.Length - begin - end;
        int columns = Math.Min(right.Length - begin - end, MostFound);

        int[,] common = new int[rows + 1, columns + 1];
        for (int row = rows - 1; row >= 0; row--)
        {
            for (int column = columns - 1; column >= 0; column--)
            {
                common[row, column] = left[begin + row] == right[begin + column]
                    ? common[row + 1, column + 1] + 1
                    : Math.Max(common[row + 1, column], common[row, column + 1]);
            }
        }

        List<EventDifference> differences = [];
        Queue<MeasuredEvent> missing = [];
        Queue<TcgEvent> extra = [];
        for (int row = 0, column = 0; row < rows || column < columns;)
        {
            if (row < rows && column < columns && left[begin + row] == right[begin + column])
            {
                Close();
                row++;
                column++;
            }
            else if (column == columns || (row < rows && common[row + 1, column] >= common[row, column + 1]))
            {
                missing.Enqueue(expected[begin + row++]);
            }
            else
            {
                extra.Enqueue(found[begin + column++]);
            }
        }

        Close();
        return differences;

        void Close()
        {
            while (missing.Count > 0 || extra.Count > 0)
                differences.Add(new EventDifference(register, missing.TryDequeue(out MeasuredEvent? one) ? one : null, extra.TryDequeue(out TcgEvent? other) ? other : null));
        }
    }

    /// <summary>A register of a real boot has tens of events; of one with thousands, the first tell enough.</summary>
    private const int MostFound = 1000;
}

/// <param name="Expected">The register at the end of the firmware's log as predicted, in hex.</param>
/// <param name="Found">The register that the log gives, in hex.</param>
public sealed record RegisterComparison(Register Register, string Expected, string Found, IReadOnlyList<EventDifference> Differences)
{
    public bool IsEqual => Expected == Found;
}
