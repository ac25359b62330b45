using System.Text.Json;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers;

/// <summary>What a reference stood for when it was resolved; kept as <c>image.json</c>.</summary>
/// <param name="Reference">As the author wrote it.</param>
/// <param name="Digest">What it names: an index, or the manifest itself.</param>
/// <param name="Manifest">The manifest for the machine.</param>
public sealed record PinnedImage(string Reference, string Digest, string Manifest)
{
    public const string FileName = "image.json";

    internal static PinnedImage Of(ResolvedImage image) => new(image.Reference.ToString(), image.Digest.ToString(), image.ManifestDigest.ToString());

    public static PinnedImage Read(DirectoryInfo output) => JsonSerializer.Deserialize<PinnedImage>(File.ReadAllText(Path.Combine(output.FullName, FileName)))!;

    internal static ImageReference ReferenceFrom(StageScope scope, string stage)
    {
        PinnedImage pinned = Read(scope.Inputs[stage]);
        return ImageReference.Parse(pinned.Reference).At(ContentDigest.Parse(pinned.Manifest));
    }
}
