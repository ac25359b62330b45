namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>What one value means to the agent.</summary>
[Flags]
internal enum Decisions
{
    None = 0,
    Allow = 1,
    Refuse = 2,

    /// <summary>Neither a bool nor an object with a bool <c>allowed</c>: the agent answers with an error.</summary>
    Wrong = 4,
}
