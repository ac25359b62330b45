namespace ImageFactory.Publishing.Tests.Support.Http;

/// <summary>What goes wrong with a request.</summary>
internal enum Mishap
{
    /// <summary>503 before the service looks at it.</summary>
    Unavailable,

    /// <summary>429 with Retry-After.</summary>
    Throttled,

    /// <summary>The connection breaks before the service looks at it.</summary>
    ResetBefore,

    /// <summary>The service does its work; the connection breaks in the middle of its answer.</summary>
    ResetAfter,

    /// <summary>The answer's body ends before its length says.</summary>
    Truncated,

    /// <summary>The answer takes its time.</summary>
    Slow,

    /// <summary>403: no use to try again.</summary>
    Refused,
}
