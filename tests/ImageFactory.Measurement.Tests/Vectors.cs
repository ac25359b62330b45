using System.Text.Json.Nodes;

namespace ImageFactory.Measurement.Tests;

/// <summary>Recorded boots and synthetic files; Vectors/README.md says how each was made.</summary>
internal static class Vectors
{
    public static string PathOf(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Vectors", .. parts]);

    public static byte[] Bytes(params string[] parts) => File.ReadAllBytes(PathOf(parts));

    public static JsonNode Json(params string[] parts) => JsonNode.Parse(File.ReadAllText(PathOf(parts)))!;

    /// <summary>Names of the recorded boots.</summary>
    public static IEnumerable<string> Boots => Directory.GetDirectories(PathOf("boot")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal);
}
