using System.Text.Json;

namespace ImageFactory.Registry.Content;

/// <summary>What an image or an artifact is made of.</summary>
/// <param name="Config">Of an image: how it is run. Of an artifact: anything, often nothing.</param>
/// <param name="Layers">The lowest first.</param>
public sealed record ImageManifest(string MediaType, Descriptor Config, IReadOnlyList<Descriptor> Layers)
{
    public const int MostLayers = 1000;

    public string? ArtifactType { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>Its layers are files with names, not changes to a file system (as ORAS makes them).</summary>
    public bool IsArtifact => !MediaTypes.IsImageConfig(Config.MediaType);

    /// <exception cref="FormatException">It is no manifest.</exception>
    internal static ImageManifest Read(JsonElement root, string mediaType)
    {
        if (Json.Find(root, "config") is not { } config)
            throw new FormatException("it has no config");
        IReadOnlyList<JsonElement> layers = Json.List(root, "layers");
        if (layers.Count > MostLayers)
            throw new FormatException($"it has more than {MostLayers} layers");
        return new ImageManifest(mediaType, Descriptor.Read(config), [.. layers.Select(Descriptor.Read)])
        {
            ArtifactType = Json.Text(root, "artifactType"),
            Annotations = Json.Texts(root, "annotations"),
        };
    }
}
