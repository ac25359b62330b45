namespace ImageFactory.Publishing.Azure;

/// <summary>How long is waited for what. Tests wait shorter.</summary>
/// <param name="Poll">Between two questions about an operation; a service that asks for more gets it.</param>
/// <param name="Retry">The first wait after a passing failure; it grows exponentially.</param>
/// <param name="Retries">Attempts after the first.</param>
/// <param name="Replication">How long a version may take until it is in all regions.</param>
/// <param name="Emptying">How long a parent may still claim to have children after the last one was deleted.</param>
/// <param name="Stride">The journal learns how far an upload is each time this many bytes were written.</param>
internal sealed record AzureTiming(TimeSpan Poll, TimeSpan Retry, int Retries, TimeSpan Replication, TimeSpan Emptying, long Stride)
{
    public static AzureTiming Default { get; } =
        new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.8), 7, TimeSpan.FromHours(3), TimeSpan.FromMinutes(3), 128L << 20);
}
