namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>One request of which somebody knows how the policy should decide.</summary>
/// <param name="Name">A sentence.</param>
/// <param name="Request">The agent's call, by the name of its rule.</param>
/// <param name="Input">The request itself, JSON on one line in ASCII.</param>
/// <param name="Allowed">What is expected.</param>
/// <param name="Place">File and line.</param>
public sealed record PolicyCase(string Name, string Request, string Input, bool Allowed, string Place);

/// <summary>How a case ended.</summary>
/// <param name="Said">What the engine said, if it could not decide.</param>
public sealed record PolicyCaseResult(PolicyCase Case, PolicyOutcome Outcome, string? Said)
{
    public bool Passed => Outcome == (Case.Allowed ? PolicyOutcome.Allowed : PolicyOutcome.Refused);
}

public enum PolicyOutcome
{
    Allowed,

    /// <summary>The rule gave false, gave anything else that is not true, or is not there.</summary>
    Refused,

    /// <summary>The engine could not evaluate the policy for this input.</summary>
    Undecided,
}

/// <summary>All cases of a policy.</summary>
/// <param name="Engine">Who evaluated.</param>
public sealed record PolicyTestResult(PolicyInspection Policy, string Engine, IReadOnlyList<PolicyCaseResult> Cases)
{
    public int Failed => Cases.Count(c => !c.Passed);
}
