using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Tree;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// An image of a registry as an archive that engines load: an OCI layout (OCI image specification 1.1, image-layout.md), and beside it the list of <c>docker save</c> with the
/// same files, for engines that know only that. Manifest, configuration and layers are the registry's own bytes.
/// </summary>
internal static class ImageArchive
{
    private const long AnyTime = 0;
    private const string Layout = """{"imageLayoutVersion":"1.0.0"}""";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="image">With its layers.</param>
    public static Task WriteAsync(CollectedImage image, Stream target, CancellationToken cancellation)
    {
        ImageManifest manifest = image.Image.Manifest;
        Dictionary<ContentDigest, CollectedContent> contents = image.Contents.ToDictionary(c => c.Digest);
        CarriedManifest own = image.Manifests.First(m => m.Digest == image.Image.ManifestDigest);
        FileTree tree = new();
        foreach (ContentDigest digest in manifest.Layers.Select(l => l.Digest).Append(manifest.Config.Digest).Append(own.Digest).Distinct())
            tree.Put(Path(digest), TreeEntry.File(new StreamedContent(contents[digest].Open, contents[digest].Size)));
        tree.Put("/oci-layout", TreeEntry.Text(Layout));
        tree.Put("/index.json", TreeEntry.File(new InlineContent(ManifestText.Index([(new Descriptor(own.MediaType, own.Digest, contents[own.Digest].Size), null)], null))));
        JsonArray list =
        [
            new JsonObject
            {
                ["Config"] = Path(manifest.Config.Digest)[1..],
                ["RepoTags"] = new JsonArray(),
                ["Layers"] = new JsonArray([.. manifest.Layers.Select(l => JsonValue.Create(Path(l.Digest)[1..]))]),
            },
        ];
        tree.Put("/manifest.json", TreeEntry.Text(list.ToJsonString(Options)));
        return TarTreeWriter.WriteAsync(tree, target, AnyTime, cancellation);
    }

    private static string Path(ContentDigest digest) => $"/blobs/{digest.Algorithm}/{digest.Encoded}";
}
