namespace ImageFactory.Publishing.Tests.Support;

/// <summary>Waits pass a thousand times as fast; the hour of the day is true.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 1000;

    public override long GetTimestamp() => System.GetTimestamp() * Factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime / Factor, period == Timeout.InfiniteTimeSpan ? period : period / Factor);
}
