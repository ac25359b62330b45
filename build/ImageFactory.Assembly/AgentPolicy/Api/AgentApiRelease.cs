namespace ImageFactory.Assembly.AgentPolicy.Api;

/// <summary>What the agent of one release asks, and how it reads Rego.</summary>
/// <param name="Release">The release asked for.</param>
/// <param name="Basis">The known release whose list of calls is used.</param>
/// <param name="IsRegoV1">True from the release on whose engine wants <c>if</c> before every body; before it, keywords must be imported.</param>
/// <param name="Calls">The calls, by name.</param>
internal sealed record AgentApiRelease(KataRelease Release, KataRelease Basis, bool IsRegoV1, IReadOnlyList<AgentCall> Calls)
{
    public AgentCall? Find(string name) => Calls.FirstOrDefault(call => call.Name == name);
}
