namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>A program of others that evaluates Rego, with one policy.</summary>
internal interface IPolicyEngine
{
    string Name { get; }

    /// <summary>Asks as the agent does: the rule of package <c>agent_policy</c>, with a state that is empty.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="input">JSON, ASCII.</param>
    Task<(PolicyOutcome Outcome, string? Said)> AskAsync(string rule, string input, CancellationToken cancellation);
}
