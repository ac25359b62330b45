using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Measurement;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.References;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Composition;

/// <summary>Says what an image will measure, whoever made it, and what differs between two.</summary>
internal static class MeasureAnswers
{
    private const string ManifestFile = "manifest.json";

    /// <summary>Values that a person asks for by hand do not end by themselves.</summary>
    private const string NoExpiration = "2099-12-31T00:00:00Z";

    /// <param name="image">Absolute path.</param>
    /// <param name="shownAs">As the caller wrote it.</param>
    public static async Task<Answer> MeasureAsync(string image, string shownAs, MeasureQuestion question, CancellationToken cancellation)
    {
        AttestationTarget? target = question.Target is null ? null : AttestationTarget.Find(question.Target) ?? throw new FactoryException(BuildFaults.UnknownMachine(question.Target));
        Sha256? digest = target is null ? null : await Sha256.OfFileAsync(image, cancellation).ConfigureAwait(false);

        // A TDX machine without a TPM has SHA-384 registers; everybody else verifies SHA-256.
        MeasureSettings settings = new() { Banks = target == AttestationTarget.Tdx ? Banks.All : [Bank.Sha256], RecomputeRootHash = !question.Quick };
        ImageMeasurements measurements = await ImageMeasurer.MeasureAsync(image, shownAs, digest, settings, cancellation).ConfigureAwait(false);
        MeasurementReport report = MeasurementReport.Of(measurements);
        string text = MeasurementText.Of(report);
        List<Fault> faults = [.. measurements.Faults];
        if (target is not null)
        {
            ReferenceSet set = ReferenceSet.Of(measurements, digest!.Value, [target], [], [], NoExpiration);
            report = report with { ReferenceValues = set.Values.ToDictionary(v => v.Name, v => v.Values) };
            text = string.Concat(set.Values.Select(v => $"{v.Name}  {string.Join(' ', v.Values)}\n"));
            if (set.Values.Count == 0)
                faults.Add(BuildFaults.NothingOfTheDisk(target.Name).At(shownAs));
        }

        if (question.EventLog is { } path)
        {
            EventLogComparison comparison = await CompareAsync(path, measurements, cancellation).ConfigureAwait(false);
            text += "\n" + (comparison.IsEqual ? "the event log shows exactly these events\n" : string.Concat(comparison.Differences.SelectMany(d => d.Lines(Bank.Sha256)).Select(l => l + "\n")));
            if (!comparison.IsEqual)
                faults.Add(BuildFaults.OtherEvents([.. comparison.Registers.Where(r => !r.IsEqual).Select(r => r.Register.ToString())]).At(path));
        }

        return new Answer(text) { Json = report.ToJson, Faults = faults };
    }

    /// <param name="before">An image, or measurements.json of one; a manifest in the same folder tells what made it.</param>
    public static async Task<Answer> DiffAsync(string before, string after, CancellationToken cancellation)
    {
        MeasurementDiff diff = MeasurementDiff.Between(await ReportOfAsync(before, cancellation).ConfigureAwait(false), await ReportOfAsync(after, cancellation).ConfigureAwait(false));
        if (ManifestOf(before) is { } old && ManifestOf(after) is { } fresh)
            diff = ChangeCauses.Explain(diff, old, fresh);
        return new Answer(MeasurementDiffText.Of(diff)) { Json = () => CanonicalJson.Write(diff) };
    }

    /// <summary>The kind of boot that fits best: Secure Boot or not shows in the log itself.</summary>
    private static async Task<EventLogComparison> CompareAsync(string path, ImageMeasurements measurements, CancellationToken cancellation)
    {
        TcgEventLog log = await TcgEventLog.ReadAsync(path, cancellation).ConfigureAwait(false);
        return measurements.Boots.Select(b => EventLogComparison.Of(b, log, Bank.Sha256)).MinBy(c => c.Differences.Count())!;
    }

    /// <param name="path">An image, or measurements.json of one.</param>
    public static async Task<MeasurementReport> ReportOfAsync(string path, CancellationToken cancellation)
    {
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            ImageMeasurements measured = await ImageMeasurer.MeasureAsync(path, path, null, new MeasureSettings { Banks = [Bank.Sha256] }, cancellation).ConfigureAwait(false);
            return MeasurementReport.Of(measured);
        }

        try
        {
            return MeasurementReport.Parse(await File.ReadAllTextAsync(path, cancellation).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(BuildFaults.NoMeasurements(path, e.Message), e);
        }
        catch (JsonException e)
        {
            throw new FactoryException(BuildFaults.BadMeasurements(path, e.Message), e);
        }
    }

    private static Manifest? ManifestOf(string path)
    {
        string file = Path.Combine(Path.GetDirectoryName(path)!, ManifestFile);
        try
        {
            string text = File.ReadAllText(file);
            return (string?)JsonNode.Parse(text)?["schema"] == Manifest.CurrentSchema ? JsonSerializer.Deserialize<Manifest>(text, CanonicalJson.Options) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Another program's manifest, or none: the difference is told without its cause.
            return null;
        }
    }
}

/// <param name="Target">Kind of machine whose reference values are wanted; null: everything, explained.</param>
/// <param name="EventLog">A recorded log to hold against the prediction; absolute.</param>
/// <param name="Quick">Take the root hash from the stored tree.</param>
internal sealed record MeasureQuestion(string? Target, string? EventLog, bool Quick);
