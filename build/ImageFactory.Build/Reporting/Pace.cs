using ImageFactory.Pipeline;

namespace ImageFactory.Build.Reporting;

/// <summary>
/// How fast a stage goes and how long it still takes, from what it told of its progress. Says nothing before it has seen enough,
/// and nothing of a stage that stands still. Not safe for several threads.
/// </summary>
internal sealed class Pace(TimeProvider time)
{
    /// <summary>More often than this a sample tells nothing new.</summary>
    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(500);

    /// <summary>The first seconds of a transfer are not like the rest: connections are made and buffers filled.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(4);

    /// <summary>The speed is that of the last seconds; of more of them when samples are rare (large pieces on a slow line).</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    private const int FewestSamples = 5;

    private static readonly TimeSpan Lingers = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);

    /// <summary>An end further away than this is a guess.</summary>
    private static readonly TimeSpan Farthest = TimeSpan.FromMinutes(999);

    private readonly Queue<(long At, long Done)> samples = new();
    private (long At, long Done) newest;
    private long heard;
    private DateTimeOffset? promised;

    public StageProgressed? Last { get; private set; }

    /// <summary>Everything that was to be counted is done and the stage goes on with something else, of which it tells nothing.</summary>
    public bool IsOver => Last is { Total: > 0 } last && last.Done >= last.Total && Idle >= Lingers;

    /// <summary>Since when nothing was told.</summary>
    public TimeSpan Idle => Last is null ? TimeSpan.Zero : time.GetElapsedTime(heard);

    public void Add(StageProgressed told)
    {
        if (Last is { } last && told.Unit == last.Unit && told.Total == last.Total && told.Done < last.Done)
        {
            // Two threads overtook each other; a long way back is a new beginning.
            if (last.Done - told.Done < told.Total / 10)
                return;
            Forget();
        }
        else if (Last is { } other && (other.Unit != told.Unit || told.Done < other.Done || Idle >= Standstill))
        {
            Forget();
        }

        Last = told;
        heard = time.GetTimestamp();
        if (samples.Count > 0 && time.GetElapsedTime(newest.At) < BetweenSamples)
            return;
        newest = (heard, told.Done);
        samples.Enqueue(newest);
        while (samples.Count > FewestSamples && time.GetElapsedTime(samples.Peek().At) > Window)
            samples.Dequeue();
    }

    /// <summary>Units per second; null while unknown, and when nothing moves.</summary>
    public double? Rate()
    {
        if (samples.Count < 2 || Idle >= Standstill)
            return null;
        (long at, long done) = samples.Peek();
        TimeSpan seen = time.GetElapsedTime(at, newest.At);
        if (seen < Enough)
            return null;

        // Between two samples the speed stays; when the next one is overdue, it falls.
        TimeSpan overdue = time.GetElapsedTime(newest.At) - (2 * Gap(seen)) - TimeSpan.FromSeconds(1);
        if (overdue > TimeSpan.Zero)
            seen += overdue;
        double rate = (newest.Done - done) / seen.TotalSeconds;
        return rate > 0 ? rate : null;
    }

    /// <summary>The time that is left; null while unknown. It counts down, and is corrected only when it is clearly wrong.</summary>
    public TimeSpan? Left()
    {
        if (Last is not { Total: > 0 } last || last.Done >= last.Total || Rate() is not { } rate || (last.Total - last.Done) / rate > Farthest.TotalSeconds)
        {
            promised = null;
            return null;
        }

        // Until the next sample is due, what was told last goes on.
        TimeSpan gap = Gap(time.GetElapsedTime(samples.Peek().At, newest.At));
        TimeSpan left = TimeSpan.FromSeconds((last.Total - last.Done) / rate) - (Idle < gap ? Idle : gap);
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan tolerated = TimeSpan.FromSeconds(Math.Max(3, 0.15 * left.TotalSeconds));
        if (promised is not { } end || (now + left - end).Duration() > tolerated)
            promised = end = now + left;
        return end > now ? end - now : TimeSpan.Zero;
    }

    private TimeSpan Gap(TimeSpan seen) => seen / (samples.Count - 1);

    private void Forget()
    {
        samples.Clear();
        promised = null;
    }
}
