namespace ImageFactory.Publishing.Tests.Support;

/// <summary>
/// Waits are over at once, and the clock is then as far on as if they had been waited for. Only waits move it, so that a limit is passed by what was
/// asked for and never by a slow machine. The hour of the day is true.
/// </summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 1000;

    private long skipped;

    public override long GetTimestamp() => System.GetTimestamp() + Volatile.Read(ref skipped);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
            return System.CreateTimer(callback, state, dueTime, period);
        if (period != Timeout.InfiniteTimeSpan)
            return System.CreateTimer(callback, state, dueTime / Factor, period / Factor);
        long due = GetTimestamp() + (long)(dueTime.TotalSeconds * TimestampFrequency);
        return System.CreateTimer(_ => { MoveTo(due); callback(state); }, null, dueTime / Factor, period);
    }

    /// <summary>Waits that run beside each other pass together.</summary>
    private void MoveTo(long due)
    {
        long before = Volatile.Read(ref skipped);
        while (due - System.GetTimestamp() is var wanted && wanted > before)
        {
            long seen = Interlocked.CompareExchange(ref skipped, wanted, before);
            if (seen == before)
                return;
            before = seen;
        }
    }
}
