using System.Text.Json;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Measurement.References;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Measurement.SecureBoot;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Measurement;

/// <summary>
/// Predicts the measurements of the finished disk and writes everything that verifiers need. The same disk and settings give the same bytes:
/// the expiry is an absolute time of the recipe.
/// </summary>
/// <param name="image">Stage and file of the disk.</param>
/// <param name="settings">Of the recipe.</param>
/// <param name="policy">Path and digest of the agent policy in the image, and whether it lets the host replace it; null where nothing is known of it.</param>
public sealed class MeasureStage((string Stage, string File) image, MeasurementSettings settings, (string Path, Sha256 Digest, bool MayBeReplaced)? policy) : IStage
{
    private const string Revision = "2";

    public const string StageName = "measure";

    public string Name => StageName;

    /// <summary>What kind of artifact a file of the output is.</summary>
    public static string KindOf(string file) =>
        file.EndsWith(".rego", StringComparison.Ordinal) ? "attestation-policy"
        : file == MeasurementReport.FileName || file == PcrMeasurements.FileName ? "measurements"
        : "reference-values";

    public IReadOnlyList<string> After => [image.Stage];

    /// <summary>
    /// The image was made elsewhere: one that boots in a way that is not predicted is no fault of the recipe. That is told, no values are made, and the build goes on;
    /// an image that is damaged, or whose root is not the one it names, still ends it.
    /// </summary>
    public bool MadeElsewhere { get; init; }

    /// <summary>The initdata documents that pods may bring, by their digests.</summary>
    public IReadOnlyList<InitdataDigests> Initdata { get; init; } = [];

    /// <summary>Values that do not come from the disk.</summary>
    public IReadOnlyList<ReferenceValue> Launch { get; init; } = [];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision)
            .Add("settings", JsonSerializer.Serialize(settings with { Initdata = [], Launch = [], SecureBootKeys = null }, CanonicalJson.Options));
        if (policy is var (path, digest, mayBeReplaced))
            key.Add("policy-path", path).Add("policy", digest).Add("policy-replaceable", mayBeReplaced ? "yes" : "no");
        if (MadeElsewhere)
            key.Add("made", "elsewhere");
        foreach (InitdataDigests document in Initdata)
            key.Add("initdata", document.Digest);
        foreach (ReferenceValue value in Launch)
            key.Add("launch", $"{value.Name} {string.Join(' ', value.Values)}");
        if (settings.SecureBootKeys is { } keys)
        {
            key.Add("owner", keys.Owner);
            foreach (SourcePath file in EnrolledKeyFiles.In(keys))
                key.Add("secure-boot-key", Sha256.Of(File.ReadAllBytes(file.FullPath)));
        }
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string path = scope.Input(image.Stage, image.File);
        Sha256 digest = await scope.InputDigestAsync(image.Stage, image.File, cancellation).ConfigureAwait(false);
        if (await MeasureAsync(path, digest, scope.Log, cancellation).ConfigureAwait(false) is not { } measurements)
            return;
        if (PcrMeasurements.Misread(measurements.Boots[^1]) is { Count: > 0 } misread)
            scope.Log.Info($"{PcrMeasurements.FileName}: a tool that takes leading zeros off digests misreads {string.Join(", ", misread)}");
        foreach ((string name, string content) in Files(measurements, digest))
            await File.WriteAllTextAsync(scope.OutputFile(name), content, cancellation).ConfigureAwait(false);
    }

    /// <returns>Null when the image is somebody else's and not predictable, which has been told.</returns>
    private async Task<ImageMeasurements?> MeasureAsync(string path, Sha256 digest, IStageLog log, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        ImageMeasurements? measurements = null;
        try
        {
            measurements = await PredictAsync(path, digest, cancellation).ConfigureAwait(false);
            faults.AddRange(measurements.Faults);
        }
        catch (FactoryException e) when (MadeElsewhere)
        {
            faults.AddRange(e.Faults);
        }

        Fault[] unpredicted = MadeElsewhere ? [.. faults.Where(f => f.Severity == Severity.Error && MeasureFaults.IsUnpredictable(f))] : [];
        foreach (Fault warning in faults.Where(f => f.Severity == Severity.Warning).Concat(unpredicted.Select(f => f.AsWarning())))
            log.Warn(warning);
        FactoryException.ThrowIfAny([.. faults.Except(unpredicted)]);
        if (unpredicted.Length == 0)
            return measurements;
        log.Warn(MeasureFaults.NotPredicted(image.File));
        return null;
    }

    private Task<ImageMeasurements> PredictAsync(string path, Sha256 digest, CancellationToken cancellation) => ImageMeasurer.MeasureAsync(
        path,
        image.File,
        digest,
        new MeasureSettings
        {
            SecureBoot = settings.SecureBoot == SecureBootUse.Any ? null : settings.SecureBoot == SecureBootUse.On,
            Keys = settings.SecureBootKeys is { } keys ? EnrolledKeyFiles.Load(keys) : null,
        },
        cancellation);

    /// <summary>The documents by file name.</summary>
    private IEnumerable<(string Name, string Content)> Files(ImageMeasurements measurements, Sha256 digest)
    {
        AttestationTarget[] targets = [.. settings.Targets.Select(t => AttestationTarget.All[(int)t])];
        ReferenceSet set = ReferenceSet.Of(measurements, digest, targets, Initdata, Launch, settings.Expires);
        MeasurementReport report = MeasurementReport.Of(measurements) with
        {
            Expiration = settings.Expires,
            ReferenceValues = set.Values.ToDictionary(v => v.Name, v => v.Values),
            NotVerified = set.NotVerified.Count == 0 ? null : set.NotVerified,
            AgentPolicy = policy is var (path, policyDigest, mayBeReplaced) ? AgentPolicyCoverage.Of(measurements, path, policyDigest, mayBeReplaced) : null,
        };
        yield return (MeasurementReport.FileName, report.ToJson());
        yield return (PcrMeasurements.FileName, PcrMeasurements.Write(measurements.Boots[^1], set));
        yield return (RvpsConfigMap.FileName, RvpsConfigMap.Write(set, settings.Trustee));
        yield return (RvpsMessage.FileName, RvpsMessage.Write(set));
        foreach (AttestationTarget target in targets)
            yield return (AttestationPolicy.FileNameOf(target), AttestationPolicy.Write(target, set));
    }
}
