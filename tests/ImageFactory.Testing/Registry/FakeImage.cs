using System.Globalization;
using System.Text;

namespace ImageFactory.Testing.Registry;

/// <summary>Puts images and artifacts into a <see cref="FakeRegistry"/>, as tools push them.</summary>
public static class FakeImage
{
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string Layer = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <returns>The digest of the manifest.</returns>
    public static string Push(FakeRegistry registry, string repository, IEnumerable<(string Type, byte[] Content)> layers, string architecture = "amd64", params string[] tags)
    {
        byte[] config = Encoding.UTF8.GetBytes($$$"""{"architecture":"{{{architecture}}}","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}""");
        return registry.AddManifest(repository, Manifest, ManifestOf(registry, repository, ("application/vnd.oci.image.config.v1+json", config), layers.Select(l => (l.Type, l.Content, (string?)null))), tags);
    }

    /// <summary>An artifact as ORAS pushes it: blobs with titles and an empty configuration.</summary>
    public static string PushArtifact(FakeRegistry registry, string repository, IEnumerable<(string Title, byte[] Content)> files, params string[] tags) =>
        registry.AddManifest(
            repository,
            Manifest,
            ManifestOf(registry, repository, ("application/vnd.oci.empty.v1+json", "{}"u8.ToArray()), files.Select(f => ("application/octet-stream", f.Content, (string?)f.Title)), "application/vnd.example.disk"),
            tags);

    public static string PushIndex(FakeRegistry registry, string repository, IEnumerable<(string Digest, string? Architecture)> manifests, params string[] tags)
    {
        IEnumerable<string> entries = manifests.Select(m =>
            $$"""{"mediaType":"{{Manifest}}","digest":"{{m.Digest}}","size":1{{(m.Architecture is null ? "" : $$""","platform":{"os":"linux","architecture":"{{m.Architecture}}"}""")}}}""");
        return registry.AddManifest(repository, Index, $$"""{"schemaVersion":2,"mediaType":"{{Index}}","manifests":[{{string.Join(',', entries)}}]}""", tags);
    }

    private static string ManifestOf(
        FakeRegistry registry, string repository, (string Type, byte[] Content) config, IEnumerable<(string Type, byte[] Content, string? Title)> layers, string? artifactType = null)
    {
        string all = string.Join(',', layers.Select(l => Descriptor(l.Type, l.Content, l.Title)));
        string kind = artifactType is null ? "" : $"\"artifactType\":\"{artifactType}\",";
        return $$"""{"schemaVersion":2,"mediaType":"{{Manifest}}",{{kind}}"config":{{Descriptor(config.Type, config.Content, null)}},"layers":[{{all}}]}""";

        string Descriptor(string type, byte[] content, string? title)
        {
            string annotations = title is null ? "" : $$""","annotations":{"org.opencontainers.image.title":"{{title}}"}""";
            return string.Create(CultureInfo.InvariantCulture, $$"""{"mediaType":"{{type}}","digest":"{{registry.AddBlob(repository, content)}}","size":{{content.Length}}{{annotations}}}""");
        }
    }
}
