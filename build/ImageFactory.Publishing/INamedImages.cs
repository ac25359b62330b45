using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>
/// A publisher whose images are named from outside by the id that machines are given, as a Job's ConfigMap does: it finds one, whoever made it,
/// and takes it away.
/// </summary>
public interface INamedImages
{
    /// <summary>The image; null when there is none of the id.</summary>
    Task<NamedImage?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>Removes it with what belongs to it alone, and waits until it is gone. Absent is a success. Whose it is the caller has looked at.</summary>
    Task RemoveAsync(NamedImage image, CancellationToken cancellation);
}

/// <param name="Id">As it was asked for.</param>
/// <param name="Owner">Of its tags; null when it has none, so that the factory did not make it.</param>
/// <param name="IsExpected">It has the name, or the version, that the destination asks for; true where the destination asks for none.</param>
public sealed record NamedImage(string Id, string? Owner, bool IsExpected)
{
    /// <summary>The beginning of the recipe's digest, as much as the service keeps of it.</summary>
    public string? RecipeDigest { get; init; }

    /// <summary>What uses it, as far as the service tells; null when nothing does.</summary>
    public string? UsedBy { get; init; }

    /// <summary>Further objects that go with it.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>It was made by the owner from this very recipe.</summary>
    public bool IsOf(string owner, Sha256 recipe) => Owner == owner && RecipeDigest is { Length: > 0 } begin && recipe.Hex.StartsWith(begin, StringComparison.Ordinal);
}
