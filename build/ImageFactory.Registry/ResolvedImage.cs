using ImageFactory.Model;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry;

/// <summary>An image, found and pinned. Good as long as the client that found it.</summary>
/// <param name="Reference">As it was asked for.</param>
/// <param name="Digest">Of what the reference names: an index, or the manifest itself.</param>
/// <param name="ManifestDigest">Of the manifest for the machine that was asked for.</param>
/// <param name="Warnings">What a reader should look at.</param>
public sealed record ResolvedImage(
    ImageReference Reference, ContentDigest Digest, ContentDigest ManifestDigest, ImageManifest Manifest, IReadOnlyList<Fault> Warnings)
{
    /// <summary>Names this very manifest for ever.</summary>
    public ImageReference Pinned => Reference.At(ManifestDigest);

    /// <summary>Where it was found, the registry itself or a mirror.</summary>
    internal RepositoryConnection Connection { get; init; } = null!;
}
