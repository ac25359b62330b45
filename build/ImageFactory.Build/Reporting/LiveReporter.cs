using System.Text;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>
/// A table of the stages at the bottom of a terminal, redrawn in place; what is said scrolls by above it.
/// Needs three escape sequences (up, back to the first column, erase to the end of the screen), which every terminal has that is not dumb.
/// </summary>
internal sealed class LiveReporter : ICloseableReporter, IDisposable
{
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter writer;
    private readonly Func<(int Width, int Height)> size;
    private readonly bool verbose;
    private readonly LiveTable table;
    private readonly Lock gate = new();
    private readonly ITimer timer;
    private IReadOnlyList<string> drawn = [];

    public LiveReporter(TextWriter writer, TimeProvider time, Func<(int Width, int Height)> size, bool verbose)
    {
        this.writer = writer;
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
            if (happened is Said or Faulted || (happened is ProgramSaid && verbose))
            {
                if (EventText.Of(happened) is { } text)
                    Redraw(text);
            }
        }
    }

    public void Close()
    {
        lock (gate)
            Finish();
    }

    public void Dispose()
    {
        timer.Dispose();
        Close();
    }

    private void Tick()
    {
        lock (gate)
        {
            if (!table.IsEmpty)
                Redraw(null);
        }
    }

    private void Redraw(string? above)
    {
        (int width, int height) = size();

        // The last column stays free: some terminals wrap as soon as it is written.
        IReadOnlyList<string> lines = table.Render(width - 1, Math.Max(3, height - 2));
        if (above is null && lines.SequenceEqual(drawn))
            return;

        StringBuilder frame = new();
        Erase(frame, width);
        if (above is not null)
            frame.Append(above).Append('\n');
        foreach (string line in lines)
            frame.Append(line).Append('\n');
        writer.Write(frame.ToString());
        drawn = lines;
    }

    /// <summary>Replaces the moving table by all of its lines and a summary, which stay.</summary>
    private void Finish()
    {
        if (table.IsEmpty)
            return;
        (int width, _) = size();
        StringBuilder frame = new();
        Erase(frame, width);
        foreach (string line in table.Render(width - 1, int.MaxValue))
            frame.Append(line).Append('\n');
        frame.Append(table.Summary()).Append('\n');
        writer.Write(frame.ToString());
        drawn = [];
        table.Apply(new StagesPlanned([]));
    }

    private void Erase(StringBuilder frame, int width)
    {
        // A line that was drawn on a wider screen takes several rows now.
        int rows = drawn.Sum(line => Math.Max(1, (line.Length + width - 1) / Math.Max(1, width)));
        if (rows > 0)
            frame.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{rows}A\r\e[J");
    }
}
