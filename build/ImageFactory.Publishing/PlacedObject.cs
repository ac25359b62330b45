using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>Something of ours at a destination.</summary>
/// <param name="Kind">The provider's word for it: <c>ami</c>, <c>snapshot</c>, <c>disk</c>, <c>file</c>.</param>
/// <param name="Id">How the service names it.</param>
public sealed record PlacedObject(string Kind, string Id)
{
    /// <summary>A name for people, and the region where there are several.</summary>
    public string? Name { get; init; }

    /// <summary>The image that it belongs to, by its tags; null when they do not say.</summary>
    public Sha256? Image { get; init; }

    public DateTimeOffset? Created { get; init; }

    /// <summary>True when no complete image needs it: a run died or failed before the end. What a run that still lives makes looks the same until it is done.</summary>
    public bool IsOrphan { get; init; }

    /// <summary>What uses it, as far as the service tells; null when nothing does.</summary>
    public string? UsedBy { get; init; }
}
