using System.Text.Json;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Content;

/// <summary>Names a manifest or a blob: what it is, how long, and its digest.</summary>
/// <param name="Size">In bytes.</param>
public sealed record Descriptor(string MediaType, ContentDigest Digest, long Size)
{
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Of what kind the artifact is that a manifest describes; only in lists of manifests.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The file name that ORAS gives to a blob.</summary>
    public string? Title => Annotations.GetValueOrDefault("org.opencontainers.image.title");

    /// <exception cref="FormatException">A field is missing or wrong.</exception>
    internal static Descriptor Read(JsonElement element)
    {
        string type = Json.Text(element, "mediaType") ?? throw new FormatException("a descriptor has no mediaType");
        string digest = Json.Text(element, "digest") ?? throw new FormatException("a descriptor has no digest");
        if (!ContentDigest.TryParse(digest, out ContentDigest found))
            throw new FormatException($"'{Shown.Text(digest)}' is no digest");
        if (!element.TryGetProperty("size", out JsonElement size) || size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out long bytes) || bytes < 0)
            throw new FormatException("a descriptor has no size");
        return new Descriptor(type, found, bytes) { Annotations = Json.Texts(element, "annotations"), ArtifactType = Json.Text(element, "artifactType") };
    }
}
