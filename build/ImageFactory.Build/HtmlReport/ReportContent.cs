using ImageFactory.Assembly.Sbom;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.HtmlReport;

/// <summary>What a report tells: all of it lies in the artifact folder.</summary>
/// <param name="Measurements">Null for an image whose measurements were not computed.</param>
/// <param name="Packages">From the SBOM; null when there is none.</param>
internal sealed record ReportContent(Manifest Manifest, MeasurementReport? Measurements, IReadOnlyList<ListedPackage>? Packages)
{
    public ManifestContent Image => Manifest.Content;

    public ManifestRun Run => Manifest.Run;

    /// <param name="measurements">Text of <c>measurements.json</c>; null when there is none.</param>
    /// <param name="sbom">Text of the CycloneDX document; null when there is none.</param>
    public static ReportContent Of(Manifest manifest, string? measurements, string? sbom) =>
        new(manifest, measurements is null ? null : MeasurementReport.Parse(measurements), sbom is null ? null : CycloneDxReader.Packages(sbom));
}
