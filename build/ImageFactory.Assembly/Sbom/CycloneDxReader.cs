using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageFactory.Assembly.Sbom;

/// <summary>Reads the packages out of a CycloneDX document that a build left.</summary>
public static partial class CycloneDxReader
{
    /// <exception cref="JsonException">The text is no such document.</exception>
    public static IReadOnlyList<ListedPackage> Packages(string text)
    {
        try
        {
            JsonArray components = JsonNode.Parse(text)?["components"]?.AsArray() ?? throw new JsonException("the SBOM lists no components");
            return
            [
                .. from component in components
                   let url = (string?)component?["purl"]
                   where url is not null
                   select new ListedPackage((string?)component["name"] ?? "", (string?)component["version"] ?? "", Architecture().Match(url).Groups[1].Value, Licences(component["licenses"]?.AsArray())),
            ];
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new JsonException($"the SBOM is not of the form that is known: {e.Message}", e);
        }
    }

    private static string Licences(JsonArray? licences) => string.Join(", ", licences?.Select(l => (string?)l?["expression"] ?? (string?)l?["license"]?["id"] ?? (string?)l?["license"]?["name"]) ?? []);

    [GeneratedRegex("[?&]arch=([^&#]*)")]
    private static partial Regex Architecture();
}

/// <param name="Architecture">Out of the package URL; empty when it names none.</param>
/// <param name="Licence">An SPDX expression or the package's own words; empty when neither is known.</param>
public sealed record ListedPackage(string Name, string Version, string Architecture, string Licence);
