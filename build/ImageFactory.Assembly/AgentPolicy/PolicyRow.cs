using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>One line of a policy's table.</summary>
public sealed record PolicyRow(string Call, PolicyVerdict Verdict)
{
    /// <summary>Lines of the rules of this name: <c>7, 12-18</c>; empty when there is none.</summary>
    public string Lines { get; init; } = "";

    public string? Note { get; init; }

    /// <summary>Of a conditional rule: the built-in functions that it and the rules it uses call.</summary>
    public IReadOnlyList<string> BuiltIns { get; init; } = [];

    /// <summary>Of a conditional rule: the parts of the request that it and the rules it uses read.</summary>
    public IReadOnlyList<string> InputPaths { get; init; } = [];

    /// <summary>Over the rules of this name and those they use, without comments and layout; null when there is none.</summary>
    public Sha256? Rules { get; init; }
}
