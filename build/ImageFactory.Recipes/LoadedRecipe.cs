using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes;

/// <summary>A recipe with everything laid over it, and where it all comes from.</summary>
/// <param name="Recipe">What the image is.</param>
/// <param name="Origins">Where each value that is no default comes from.</param>
/// <param name="Files">The absolute paths of the files that were read, the recipe itself first.</param>
/// <param name="Warnings">What is unwise or without effect.</param>
/// <param name="Digest">Over the canonical JSON; the same wherever the recipe's folder is.</param>
public sealed record LoadedRecipe(Recipe Recipe, RecipeOrigins Origins, IReadOnlyList<string> Files, IReadOnlyList<Fault> Warnings, Sha256 Digest)
{
    /// <summary>What the environment of a Job made of it; null outside of a Job.</summary>
    public Job.JobFacts? Job { get; init; }

    /// <summary>The absolute folder of the recipe itself.</summary>
    public string Folder => Path.GetDirectoryName(Files[0])!;
}
