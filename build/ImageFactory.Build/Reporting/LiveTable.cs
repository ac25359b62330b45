using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>
/// The stages of a run as lines of text: name, state, bar, speed, time, size. While it is known how long a stage still takes, that stands in
/// the place of the time that has passed. Knows nothing of terminals, so that a test reads what a person sees.
/// </summary>
internal sealed class LiveTable(TimeProvider time)
{
    private const int StateWidth = 9;
    private const int RateWidth = 12;
    private const int TimeWidth = 12;
    private const int SizeWidth = 10;
    private const int LongestName = 30;
    private const int LongestBar = 24;

    private readonly List<Row> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public void Apply(RunEvent happened)
    {
        if (happened is StagesPlanned planned)
        {
            rows.Clear();
            rows.AddRange(planned.Stages.Select(s => new Row(s, new Pace(time))));
            return;
        }

        if (happened.Stage is null || rows.Find(r => r.Stage == happened.Stage) is not { } row)
            return;
        switch (happened)
        {
            case StageStarted:
                row.Started = time.GetTimestamp();
                break;
            case StageProgressed progressed:
                row.Pace.Add(progressed);
                break;
            case StageEnded ended:
                row.Ended = ended;
                break;
        }
    }

    /// <summary>The lines that fit: when there are more stages than <paramref name="height"/>, those that run and those around them.</summary>
    public IReadOnlyList<TableLine> Render(int width, int height)
    {
        if (rows.Count <= height)
            return [.. rows.Select(r => Line(r, width))];

        int ended = rows.Count(r => r.Ended is not null);
        int shown = Math.Max(1, height - 1);
        int firstRunning = Math.Max(0, rows.FindIndex(r => r.Ended is null));
        int from = Math.Clamp(firstRunning - 1, 0, rows.Count - shown);
        string rest = string.Create(CultureInfo.InvariantCulture, $"{ended} of {rows.Count} stages done");
        return [.. rows.Skip(from).Take(shown).Select(r => Line(r, width)), new TableLine(Cut(rest, width))];
    }

    /// <summary>The last line of a run: how many stages were built, how many reused, how long it took.</summary>
    public string Summary()
    {
        string[] parts = [.. rows
            .GroupBy(r => r.Ended is { } ended ? EventText.Outcome(ended.Outcome) : "not run")
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {g.Key}"))];
        return $"{rows.Count} stages: {string.Join(", ", parts)}";
    }

    private static string Bar(Row row, int width)
    {
        if (row.Started is null || row.Ended is not null || row.Pace.IsOver || row.Pace.Last is not { Total: > 0 } p || width < 4)
            return new string(' ', width);
        int full = (int)Math.Clamp((width - 2) * (double)p.Done / p.Total, 0, width - 2);
        return "[" + new string('#', full) + new string('.', width - 2 - full) + "]";
    }

    private static string Size(Row row) => row switch
    {
        { Ended: { Outcome: StageOutcome.Built or StageOutcome.Reused or StageOutcome.Shared } ended } => ByteSize.Format(ended.Bytes),
        { Ended: not null } or { Pace.IsOver: true } => "",
        { Pace.Last: { Total: > 0 } p } => string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(100 * p.Done / p.Total, 0, 100)} %"),
        { Pace.Last: { } p } => EventText.Amount(p.Done, p.Unit),
        _ => "",
    };

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width)];

    private static string State(Row row) => row.Ended is { } ended ? EventText.Outcome(ended.Outcome) : row.Started is null ? "waiting" : "running";

    private static string Rate(Row row, int width) =>
        row is { Ended: null, Pace: { IsOver: false, Last: { } last } } && row.Pace.Rate() is { } rate && EventText.Rate(rate, last.Unit is "bytes" or "B" ? last.Unit : null) is { } text && text.Length <= width
            ? text.PadLeft(width)
            : new string(' ', width);

    private TableLine Line(Row row, int width)
    {
        int name = Math.Min(LongestName, Math.Max(8, rows.Max(r => r.Stage.Length)));

        // On a narrow screen the bar goes first, then the speed.
        int rest = width - name - StateWidth - TimeWidth - SizeWidth - 4;
        int rate = Math.Clamp(rest, 0, RateWidth);
        int bar = Math.Clamp(rest - rate, 0, LongestBar);
        string state = State(row);
        string line = $"{Cut(row.Stage, name).PadRight(name)} {state.PadRight(StateWidth)} {Bar(row, bar)}{Rate(row, rate)} {Time(row).PadLeft(TimeWidth)} {Size(row).PadLeft(SizeWidth)}";
        return new TableLine(Cut(line.TrimEnd(), width), name + 1, state);
    }

    private string Time(Row row) => row switch
    {
        { Ended.Outcome: StageOutcome.Reused } => "",
        { Ended: { } ended } => EventText.Duration(ended.Elapsed),
        { Started: not null } when row.Pace.Left() is { } left => EventText.Left(left),
        { Started: { } started } => EventText.Duration(time.GetElapsedTime(started)),
        _ => "",
    };

    private sealed class Row(string stage, Pace pace)
    {
        public string Stage { get; } = stage;

        public long? Started { get; set; }

        public Pace Pace { get; } = pace;

        public StageEnded? Ended { get; set; }
    }
}
