using System.Net;

namespace ImageFactory.Registry.Transport;

/// <summary>Which answers pass, and how long to wait for that.</summary>
internal static class RetryRule
{
    /// <summary>A service that wants more patience than this gets a fault with exit code 75 instead.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    public static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The pause after an attempt, counted from 1; doubled each time, or what the service asks for.</summary>
    public static TimeSpan Pause(RegistrySettings settings, int attempt, HttpResponseMessage? answer, TimeProvider time)
    {
        TimeSpan own = settings.FirstPause * Math.Pow(2, attempt - 1);
        TimeSpan? asked = answer?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };
        TimeSpan pause = asked > own ? asked.Value : own;
        return pause < LongestPause ? pause : LongestPause;
    }
}
