using System.Globalization;
using System.Text;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>
/// A table of the stages at the bottom of a terminal, redrawn in place; what is said scrolls by above it.
/// Needs the escape sequences for up, erase to the end of line and screen, and colour, which every terminal has that is not dumb.
/// Only the timer writes: whoever reports never waits for the terminal, and a slow terminal gets fewer pictures.
/// </summary>
internal sealed class LiveReporter : ICloseableReporter, IDisposable
{
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>After a picture that took long the terminal rests for so many times as long.</summary>
    private const int Rest = 4;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    /// <summary>What a terminal that is held (Ctrl+S) may miss before the rest is only in the log.</summary>
    private const int MostWaiting = 10_000;

    private readonly TextWriter writer;
    private readonly TimeProvider time;
    private readonly Func<(int Width, int Height)> size;
    private readonly bool verbose;
    private readonly LiveTable table;
    private readonly Lock gate = new();
    private readonly List<string> waiting = [];
    private int missed;

    /// <summary>Held by who draws. Not a lock: a timer that finds it taken goes away.</summary>
    private readonly SemaphoreSlim screen = new(1, 1);
    private readonly ITimer timer;
    private IReadOnlyList<TableLine> drawn = [];
    private int drawnWidth;
    private long lastDrawn;
    private TimeSpan rest;

    public LiveReporter(TextWriter writer, TimeProvider time, Func<(int Width, int Height)> size, bool verbose)
    {
        this.writer = writer;
        this.time = time;
        this.size = size;
        this.verbose = verbose;
        table = new LiveTable(time);
        timer = time.CreateTimer(_ => Tick(), null, RedrawEvery, RedrawEvery);
    }

    public void Report(RunEvent happened)
    {
        lock (gate)
        {
            if (happened is StagesPlanned)
                Finish();
            table.Apply(happened);
            if ((happened is Said or Faulted || (happened is ProgramSaid && verbose)) && EventText.Of(happened) is { } text)
                Say(text);
        }
    }

    public void Close()
    {
        lock (gate)
            Finish();
        screen.Wait();
        try
        {
            Draw();
        }
        finally
        {
            screen.Release();
        }
    }

    public void Dispose()
    {
        timer.Dispose();
        Close();
        screen.Dispose();
    }

    private void Tick()
    {
        try
        {
            if (!screen.Wait(0))
                return;
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        try
        {
            if (time.GetElapsedTime(lastDrawn) >= rest)
                Draw();
        }
        catch (IOException)
        {
            // The terminal is gone; the build goes on, and its log is in a file.
        }
        finally
        {
            screen.Release();
        }
    }

    private void Say(string text)
    {
        if (waiting.Count < MostWaiting)
            waiting.Add(text);
        else
            missed++;
    }

    /// <summary>Replaces the moving table by all of its lines and a summary, which stay.</summary>
    private void Finish()
    {
        if (table.IsEmpty)
            return;
        waiting.AddRange(table.Render(size().Width - 1, int.MaxValue).Select(l => l.Painted()));
        waiting.Add(table.Summary());
        table.Apply(new StagesPlanned([]));
    }

    private void Draw()
    {
        (int width, int height) = size();
        IReadOnlyList<TableLine> lines;
        string above;
        lock (gate)
        {
            if (missed > 0)
                waiting.Add(string.Create(CultureInfo.InvariantCulture, $"{missed} more lines are in the log of the build only"));
            missed = 0;
            above = string.Concat(waiting.Select(l => l + "\n"));
            waiting.Clear();

            // The last column stays free: some terminals wrap as soon as it is written.
            lines = table.Render(width - 1, Math.Max(3, height - 2));
        }

        string frame = Frame(above, lines, width);
        if (frame.Length == 0)
            return;
        drawn = lines;
        drawnWidth = width;
        long started = time.GetTimestamp();
        writer.Write(frame);
        lastDrawn = time.GetTimestamp();
        rest = Rest * time.GetElapsedTime(started, lastDrawn);
        if (rest > LongestRest)
            rest = LongestRest;
    }

    /// <summary>What must be written so that the terminal shows the text and below it the lines; only what changed, where that is possible.</summary>
    private string Frame(string above, IReadOnlyList<TableLine> lines, int width)
    {
        bool inPlace = above.Length == 0 && lines.Count == drawn.Count && width == drawnWidth;
        if (inPlace && lines.SequenceEqual(drawn))
            return "";

        // A line that was drawn on a wider screen takes several rows now.
        int rows = drawn.Sum(line => Math.Max(1, (line.Text.Length + width - 1) / Math.Max(1, width)));
        StringBuilder frame = new();
        if (rows > 0)
            frame.Append(CultureInfo.InvariantCulture, $"\e[{rows}A\r");
        if (rows > 0 && !inPlace)
            frame.Append("\e[J");
        frame.Append(above);
        for (int i = 0; i < lines.Count; i++)
        {
            if (!inPlace)
                frame.Append(lines[i].Painted());
            else if (lines[i] != drawn[i])
                frame.Append(lines[i].Painted()).Append("\e[K");
            frame.Append('\n');
        }

        return frame.ToString();
    }
}
