using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>One place where a log and a prediction part: an event that is missing, one that was not expected, or one in place of the other.</summary>
/// <param name="Expected">The predicted event; null for one that was not expected.</param>
/// <param name="Found">The event of the log; null for a missing one.</param>
public sealed record EventDifference(Register Register, MeasuredEvent? Expected, TcgEvent? Found)
{
    /// <summary>One line for each side: <c>- </c> what was expected, <c>+ </c> what the log has instead.</summary>
    public IEnumerable<string> Lines(Bank bank)
    {
        if (Expected is not null)
            yield return $"- {Register} {TcgEventTypes.NameOf(Expected.Type)} {Expected.What} {Expected.Digest[bank]}";
        if (Found is not null)
            yield return $"+ {Register} {TcgEventTypes.NameOf(Found.Type)} {TcgEventText.Of(Found)} {Found.DigestOf(TcgAlgorithms.Of(bank))}".Replace("  ", " ", StringComparison.Ordinal);
    }
}
