using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.HtmlReport;

/// <summary>What a report tells: all of it lies in the artifact folder.</summary>
/// <param name="Measurements">Null for an image whose measurements were not computed.</param>
/// <param name="Packages">From the SBOM; null when there is none.</param>
internal sealed record ReportContent(Manifest Manifest, MeasurementReport? Measurements, IReadOnlyList<ReportPackage>? Packages)
{
    public ManifestContent Image => Manifest.Content;

    public ManifestRun Run => Manifest.Run;

    /// <param name="measurements">Text of <c>measurements.json</c>; null when there is none.</param>
    /// <param name="sbom">Text of the CycloneDX document; null when there is none.</param>
    public static ReportContent Of(Manifest manifest, string? measurements, string? sbom) =>
        new(manifest, measurements is null ? null : MeasurementReport.Parse(measurements), sbom is null ? null : ReadPackages(sbom));

    private static ReportPackage[] ReadPackages(string sbom)
    {
        JsonArray components = JsonNode.Parse(sbom)?["components"]?.AsArray() ?? throw new JsonException("the SBOM lists no components");
        return
        [
            .. from component in components
               where (string?)component!["purl"] is not null
               select new ReportPackage((string)component["name"]!, (string?)component["version"] ?? "", Licences(component["licenses"]?.AsArray())),
        ];
    }

    private static string Licences(JsonArray? licences) => string.Join(", ", licences?.Select(l => (string?)l!["expression"] ?? (string?)l["license"]?["id"] ?? (string?)l["license"]?["name"]) ?? []);
}

internal sealed record ReportPackage(string Name, string Version, string Licence);
