using ImageFactory.Model;

namespace ImageFactory.Recipes.Job;

/// <summary>What a recipe is completed from when a Job is run.</summary>
/// <param name="Variables">The environment of the Job: Secrets and ConfigMaps, later ones over earlier ones.</param>
/// <param name="Keep">Writes a content that a recipe can only name as a file, and returns its absolute path. It is named for its content.</param>
public sealed record JobCall(IReadOnlyDictionary<string, string> Variables, Func<string, byte[], string> Keep)
{
    /// <summary>The machine that the Job runs on: its image is for the same, unless the recipe says another.</summary>
    public Architecture Machine { get; init; } = Architecture.X64;

    /// <summary>Whose the objects of the destination are, unless the recipe says; null: the recipe's name.</summary>
    public string? Owner { get; init; }

    /// <summary>Only the destination is of interest: an image is removed, not made, and need not be described.</summary>
    public bool OnlyDestination { get; init; }
}

/// <summary>What a Job's environment made of a recipe.</summary>
/// <param name="Provider">The value of CLOUD_PROVIDER.</param>
/// <param name="Destination">Index of the provider's destination in <c>publish</c>.</param>
public sealed record JobFacts(string Provider, int Destination);
