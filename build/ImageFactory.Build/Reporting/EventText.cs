using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>The words for what happens in a run; plain lines, build log and live table use the same.</summary>
internal static class EventText
{
    public static string TimeStamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What is to be shown of an event; null for what is not worth a line.</summary>
    public static string? Of(RunEvent happened)
    {
        string? text = happened switch
        {
            StagesPlanned planned => $"{planned.Stages.Count} stages: {string.Join(", ", planned.Stages)}",
            StageStarted => "started",
            StageProgressed progressed => Progress(progressed),
            StageEnded ended => Ended(ended),
            Said said => said.Text,
            ProgramSaid said => $"{said.Program}: {said.Line}",
            Faulted { Fault.Severity: Severity.Warning } faulted => faulted.Fault.ToString(),
            _ => null,
        };
        return text is not null && happened.Stage is not null ? $"{happened.Stage}: {text}" : text;
    }

    public static string Outcome(StageOutcome outcome) => outcome switch
    {
        StageOutcome.Built => "built",
        StageOutcome.Reused => "reused",
        StageOutcome.Shared => "shared",
        StageOutcome.Failed => "failed",
        StageOutcome.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    /// <summary><c>12.3 s</c>, from a minute on <c>2 min 05 s</c>.</summary>
    public static string Duration(TimeSpan time) => time < TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalSeconds * 10) / 10:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes} min {time.Seconds:00} s");

    public static string Amount(long amount, string unit) => unit is "bytes" or "B"
        ? ByteSize.Format(amount)
        : string.Create(CultureInfo.InvariantCulture, $"{amount} {unit}");

    /// <summary><c>101.8 MiB/s</c>, <c>12.5 packages/s</c>; with <paramref name="unit"/> null <c>12.5/s</c>.</summary>
    public static string Rate(double perSecond, string? unit) => unit is "bytes" or "B"
        ? $"{ByteSize.Format((long)perSecond)}/s"
        : string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0}{(unit is null ? "" : " " + unit)}/s");

    /// <summary>As coarse as an estimate is: <c>35 s left</c>, from a minute on <c>12 min left</c>.</summary>
    public static string Left(TimeSpan time) => time <= TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{5 * Math.Max(1, (int)Math.Ceiling(time.TotalSeconds / 5))} s left")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Ceiling(time.TotalMinutes)} min left");

    /// <summary>How far a stage is, how fast it goes and how long it still takes, as far as these are known.</summary>
    public static string Progress(Pace pace)
    {
        if (pace.Last is not { } last)
            return "";
        List<string> parts = [Progress(last)];
        if (pace.Rate() is { } rate)
            parts.Add(Rate(rate, last.Unit));
        if (pace.Left() is { } left)
            parts.Add(Left(left));
        return string.Join(", ", parts);
    }

    private static string Progress(StageProgressed p)
    {
        if (p.Total <= 0)
            return Amount(p.Done, p.Unit);
        string done = p.Unit is "bytes" or "B" ? ByteSize.Format(p.Done) : p.Done.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{done} of {Amount(p.Total, p.Unit)}, {100 * p.Done / p.Total} %");
    }

    private static string Ended(StageEnded ended) => ended.Outcome switch
    {
        StageOutcome.Built => $"built in {Duration(ended.Elapsed)}, {ByteSize.Format(ended.Bytes)}",
        StageOutcome.Reused => $"reused, {ByteSize.Format(ended.Bytes)}",
        StageOutcome.Shared => $"taken from the shared store in {Duration(ended.Elapsed)}, {ByteSize.Format(ended.Bytes)}",
        _ => $"{Outcome(ended.Outcome)} after {Duration(ended.Elapsed)}",
    };
}
