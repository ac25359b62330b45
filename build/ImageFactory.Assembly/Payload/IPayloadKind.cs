using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Payload;

/// <summary>One kind of payload: what decides its content, and its content.</summary>
internal interface IPayloadKind
{
    bool Handles(PayloadSource source);

    /// <summary>Where it comes from, as its author wrote it.</summary>
    string Name(PayloadSource source);

    /// <summary>Adds what this kind alone has to a stage's key.</summary>
    void Describe(PayloadSource source, StageKey key);

    /// <summary>A digest that changes whenever the bytes do.</summary>
    Task<Sha256> DigestAsync(PayloadSource source, CancellationToken cancellation);

    /// <summary>The layer, with names as they are in the image. Modes of single files are not yet set.</summary>
    /// <param name="source">From the recipe.</param>
    /// <param name="into">Where it goes, checked.</param>
    /// <param name="work">For what the layer refers to; stays as long as the layer.</param>
    /// <param name="fetched">The output of <see cref="PayloadStages.Output"/>, where there is one.</param>
    Task<TarTree> ReadAsync(PayloadSource source, string into, DirectoryInfo work, DirectoryInfo? fetched, CancellationToken cancellation);

    /// <summary>The stages that get it here, for a payload that is elsewhere.</summary>
    /// <param name="what">What their names say: <c>payload-0</c>.</param>
    PayloadStages StagesOf(PayloadSource source, string what, Recipe recipe, BaseSurroundings surroundings) => PayloadStages.None;
}
