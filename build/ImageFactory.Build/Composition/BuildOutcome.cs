using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Build.Composition;

/// <summary>What a build left, for whoever goes on with it.</summary>
/// <param name="Answer">What a person is told.</param>
/// <param name="Folder">Where the artifacts of the manifest are.</param>
/// <param name="Results">One per destination, in the recipe's order; none when nothing was to be published.</param>
internal sealed record BuildOutcome(Answer Answer, Manifest Manifest, string Folder, IReadOnlyList<DestinationResult> Results);
