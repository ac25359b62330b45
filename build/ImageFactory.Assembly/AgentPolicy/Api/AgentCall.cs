namespace ImageFactory.Assembly.AgentPolicy.Api;

/// <summary>One call of the agent's service. The policy's rule carries the name of the request message, not that of the RPC.</summary>
/// <param name="Name">Message name of the request: the name of the rule.</param>
/// <param name="Rpcs">The RPCs that ask this rule.</param>
/// <param name="Since">First release that has the call.</param>
public sealed record AgentCall(string Name, IReadOnlyList<string> Rpcs, KataRelease Since)
{
    /// <summary>Last release that has the call; null while it is still there.</summary>
    public KataRelease? Until { get; init; }

    /// <summary>First release whose allow-all file names the call; null when none does, so that even allow-all refuses it.</summary>
    public KataRelease? InAllowAllSince { get; init; }

    /// <summary>What the host gains when the call is allowed without a condition; null when it gains nothing worth a word.</summary>
    public string? Risk { get; init; }

    public bool IsIn(KataRelease release) => Since <= release && (Until is null || release <= Until);

    public bool IsInAllowAllOf(KataRelease release) => InAllowAllSince is { } since && since <= release;
}
