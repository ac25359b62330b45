using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>One line per event with its UTC time, for logs, pipes and terminals that can do no more.</summary>
internal sealed class PlainReporter(TextWriter writer, TimeProvider time, bool verbose) : ICloseableReporter
{
    /// <summary>A stage's progress is worth a line this often: a log is read later, not watched.</summary>
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> lastProgress = [];

    public void Report(RunEvent happened)
    {
        lock (gate)
        {
            if (!IsWorthALine(happened) || EventText.Of(happened) is not { } text)
                return;
            string stamp = EventText.TimeStamp(time.GetUtcNow());
            writer.Write($"{stamp} {text}\n");
        }
    }

    public void Close()
    {
    }

    private bool IsWorthALine(RunEvent happened)
    {
        string stage = happened.Stage ?? "";
        if (happened is StageStarted)
            lastProgress[stage] = time.GetTimestamp();
        if (happened is not StageProgressed)
            return happened is not ProgramSaid || verbose;

        if (lastProgress.TryGetValue(stage, out long last) && time.GetElapsedTime(last) < ProgressEvery)
            return false;
        lastProgress[stage] = time.GetTimestamp();
        return true;
    }
}
