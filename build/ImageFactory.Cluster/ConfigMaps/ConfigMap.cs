using System.Text.Json.Nodes;

namespace ImageFactory.Cluster.ConfigMaps;

/// <summary>A ConfigMap as the API server had it at one time.</summary>
/// <param name="ResourceVersion">Changes with every change by anybody.</param>
public sealed record ConfigMap(string Namespace, string Name, string ResourceVersion)
{
    /// <summary>The same as long as this very object is there.</summary>
    public string? Uid { get; init; }

    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    internal static ConfigMap Parse(JsonObject body)
    {
        JsonObject metadata = body["metadata"]?.AsObject() ?? [];
        return new ConfigMap((string?)metadata["namespace"] ?? "", (string?)metadata["name"] ?? "", (string?)metadata["resourceVersion"] ?? "")
        {
            Uid = (string?)metadata["uid"],
            Data = Texts(body["data"]),
            Annotations = Texts(metadata["annotations"]),
            Labels = Texts(metadata["labels"]),
        };
    }

    private static Dictionary<string, string> Texts(JsonNode? node) =>
        node is JsonObject texts ? texts.ToDictionary(t => t.Key, t => (string?)t.Value ?? "", StringComparer.Ordinal) : [];
}

/// <summary>What is to change; a value of null removes its key. What is not named stays.</summary>
public sealed record ConfigMapChange
{
    public IReadOnlyDictionary<string, string?> Data { get; init; } = new Dictionary<string, string?>();

    public IReadOnlyDictionary<string, string?> Annotations { get; init; } = new Dictionary<string, string?>();

    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>Whether a ConfigMap has all of it already.</summary>
    public bool IsIn(ConfigMap map) => Holds(Data, map.Data) && Holds(Annotations, map.Annotations) && Holds(Labels, map.Labels);

    private static bool Holds(IReadOnlyDictionary<string, string?> wanted, IReadOnlyDictionary<string, string> present) =>
        wanted.All(w => present.GetValueOrDefault(w.Key) == w.Value);
}
