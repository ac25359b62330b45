namespace ImageFactory.Publishing.Tests.Support;

/// <summary>What goes wrong with which request; requests are counted from 1.</summary>
internal sealed class FaultPlan
{
    private int count;

    public int Requests => count;

    /// <summary>The first request that goes wrong; 0: none.</summary>
    public int At { get; set; }

    public FaultKind Kind { get; set; }

    public void Reset() => count = 0;

    public FaultKind Next()
    {
        int number = Interlocked.Increment(ref count);
        return At > 0 && (number == At || (number > At && Kind is FaultKind.Dead)) ? Kind : FaultKind.None;
    }
}

internal enum FaultKind
{
    None,

    /// <summary>One answer of 503.</summary>
    Error503,

    /// <summary>One answer that says to slow down.</summary>
    Throttled,

    /// <summary>The connection breaks before the request is acted on.</summary>
    ResetBefore,

    /// <summary>The request is acted on, and the connection breaks before the answer.</summary>
    LostAnswer,

    /// <summary>The answer ends in its middle.</summary>
    Truncated,

    /// <summary>One answer takes its time.</summary>
    Slow,

    /// <summary>One refusal for want of rights.</summary>
    Denied,

    /// <summary>The network is gone from this request on, for the clean-up too: as if the process had been killed.</summary>
    Dead,
}
