using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>A policy as the agent of one release will see it: a table, and what is wrong or doubtful.</summary>
public sealed record PolicyInspection
{
    /// <summary>How a person calls it: a path, or <c>preset coco</c>.</summary>
    public required string Name { get; init; }

    public required KataRelease Kata { get; init; }

    public required Sha256 Digest { get; init; }

    /// <summary>By name: every call of the release, then dead and unknown names. Empty when the text could not be read.</summary>
    public IReadOnlyList<PolicyRow> Rows { get; init; } = [];

    /// <summary>Worth knowing, and no reason to change anything.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Errors and warnings.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    public bool HasErrors => Faults.Any(fault => fault.Severity == Severity.Error);
}
