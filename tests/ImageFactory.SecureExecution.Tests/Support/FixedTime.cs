namespace ImageFactory.SecureExecution.Tests.Support;

internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    /// <summary>All test certificates that are not meant to be expired are valid then.</summary>
    public static FixedTime Usual { get; } = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    public override DateTimeOffset GetUtcNow() => now;
}
