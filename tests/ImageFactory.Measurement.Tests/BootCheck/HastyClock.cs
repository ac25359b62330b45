namespace ImageFactory.Measurement.Tests.BootCheck;

/// <summary>A clock in which waiting takes a twentieth of its time.</summary>
internal sealed class HastyClock : TimeProvider
{
    private const int Haste = 20;

    public override long GetTimestamp() => System.GetTimestamp() * Haste;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / Haste, period < TimeSpan.Zero ? period : period / Haste);
}
