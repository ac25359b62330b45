using System.Text.Json;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Comparison.Contents;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>What manifests, and the documents that they vouch for, tell of two images that cannot be looked into.</summary>
internal static class ManifestChanges
{
    /// <summary>Adds what the report does not have yet.</summary>
    public static DiffReport Add(DiffReport report, DiffSide before, DiffSide after)
    {
        if (before.Manifest is not { } old || after.Manifest is not { } fresh)
            return report;
        List<string> notCompared = [.. report.NotCompared];
        if (report.Packages is null && (PackagesOf(before), PackagesOf(after)) is ({ } oldPackages, { } newPackages))
        {
            report = report with { Packages = PackageChanges.Between(oldPackages, newPackages) };
            notCompared.RemoveAll(n => n.StartsWith("packages:", StringComparison.Ordinal));
            notCompared.Add("packages in the images: those that the SBOMs of the builds list were compared");
        }

        return report with
        {
            KernelArguments = report.KernelArguments ?? (LineOf(old) is { } oldLine && LineOf(fresh) is { } newLine ? ArgumentChanges.Between(oldLine, newLine) : null),
            Policy = report.Policy ?? (old.Content.AgentPolicy is { } oldPolicy && fresh.Content.AgentPolicy is { } newPolicy ? CallsBetween(oldPolicy, newPolicy) : null),
            Registers = report.Registers ?? (old.Content.Measurements is { } oldValues && fresh.Content.Measurements is { } newValues ? RegistersBetween(oldValues, newValues) : null),
            NotCompared = notCompared,
        };
    }

    /// <summary>The event by event reports beside two manifests; null when one is not there.</summary>
    public static MeasurementDiff? Measurements(DiffSide before, DiffSide after) =>
        before.TextOf(MeasurementReport.FileName) is { } old && after.TextOf(MeasurementReport.FileName) is { } fresh
            ? MeasurementDiff.Between(MeasurementReport.Parse(old), MeasurementReport.Parse(fresh))
            : null;

    private static string? LineOf(Manifest manifest) =>
        manifest.Content.Uki?.CommandLine ?? manifest.Content.Boot?.CommandLine ?? manifest.Content.SecureExecution?.CommandLine;

    private static CallChange[] CallsBetween(AgentPolicyFacts before, AgentPolicyFacts after) =>
    [
        .. before.Calls.Keys.Union(after.Calls.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(c => new CallChange(c, null, before.Calls.GetValueOrDefault(c), after.Calls.GetValueOrDefault(c)))
            .Where(c => c.Before != c.After),
    ];

    private static string[] RegistersBetween(IReadOnlyDictionary<string, IReadOnlyList<string>> before, IReadOnlyDictionary<string, IReadOnlyList<string>> after) =>
        [.. before.Keys.Union(after.Keys, StringComparer.Ordinal).Where(r => !before.GetValueOrDefault(r, []).SequenceEqual(after.GetValueOrDefault(r, []))).Order(StringComparer.Ordinal)];

    /// <summary>Null without a CycloneDX document that the manifest vouches for, or one that lists no packages.</summary>
    private static (string Name, string Architecture, string Version)[]? PackagesOf(DiffSide side)
    {
        if (side.TextOf(ImageBuild.ListingFile) is not { } text)
            return null;
        try
        {
            return CycloneDxReader.Packages(text) is { Count: > 0 } packages ? [.. packages.Select(p => (p.Name, p.Architecture, p.Version))] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
