using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Publishing.Running;

/// <summary>How one destination ended. Without a publication there is at least one error among the faults.</summary>
/// <param name="Label">What the destination is called.</param>
public sealed record DestinationResult(string Label)
{
    public Publication? Publication { get; init; }

    /// <summary>Errors of a failure, and warnings of what could not be removed after it.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public TimeSpan Elapsed { get; init; }

    public bool Succeeded => Publication is not null;
}
