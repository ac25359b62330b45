using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Verity;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Measurement.Reporting;

/// <summary>All measurements of an image, explained: the content of <c>measurements.json</c>. Field names are a contract: add, never rename.</summary>
public sealed record MeasurementReport
{
    public const string FileName = "measurements.json";
    public const string CurrentSchema = "image-factory/measurements/1";

    private static readonly Dictionary<int, string> Covered = new()
    {
        [2] = "firmware drivers of devices: a constant where there are none",
        [3] = "their configuration: the same constant",
        [4] = "every program of the boot: boot loaders, UKI, addons, and the kernel without Secure Boot",
        [5] = "partition table and boot loader configuration; changes with the disk's size, no reference value",
        [7] = "Secure Boot and its keys",
        [9] = "kernel command line, and all that the kernel gets as initrd",
        [11] = "sections of the UKI, then the phases of the boot",
        [12] = "addons, credentials and command lines from outside",
        [13] = "system extension images",
    };

    public string Schema { get; init; } = CurrentSchema;

    public required ImageIdentity Image { get; init; }

    /// <summary>When reference values made from this expire; null where none were made.</summary>
    public string? Expiration { get; init; }

    public required BootDescription Boot { get; init; }

    public RootBinding? Root { get; init; }

    public required IReadOnlyList<RegisterReport> Registers { get; init; }

    /// <summary>Reference values by name, as verifiers get them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? ReferenceValues { get; init; }

    /// <summary>Those of them whose rules nobody saw in a boot, with the reason.</summary>
    public IReadOnlyDictionary<string, string>? NotVerified { get; init; }

    public AgentPolicyCoverage? AgentPolicy { get; init; }

    /// <summary>What forbids publishing the values, or is worth knowing: code and message.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public static MeasurementReport Of(ImageMeasurements measurements) => new()
    {
        Image = measurements.Image,
        Boot = measurements.Boot,
        Root = measurements.Root,
        Registers = [.. measurements.Boots.SelectMany(b => b.Predicted.Concat(b.Sequence.Registers)).Distinct().OrderBy(r => r.Index).Select(r => Describe(r, measurements.Boots))],
        Faults = [.. measurements.Faults.Select(f => $"{f.Code}: {f.Message}")],
    };

    public static MeasurementReport Parse(string json) =>
        JsonSerializer.Deserialize<MeasurementReport>(json, CanonicalJson.Options) is { Schema: CurrentSchema } report ? report : throw new JsonException($"its schema is not {CurrentSchema}");

    public static bool Recognises(JsonNode? json) => json is JsonObject && (string?)json["schema"] == CurrentSchema;

    public string ToJson() => CanonicalJson.Write(this);

    private static RegisterReport Describe(Register register, IReadOnlyList<BootPrediction> boots)
    {
        IGrouping<BankDigests, BootPrediction>[] groups = [.. boots.GroupBy(b => b[register])];
        return new RegisterReport(register, Covered.GetValueOrDefault(register.Index, ""), [.. groups.Select(g => new RegisterValue(
            groups.Length == 1 ? [] : [.. g.Select(KindOf)],
            g.Key,
            !g.Any(b => b.NotVerified.ContainsKey(register)),
            g.Select(b => b.NotVerified.GetValueOrDefault(register)).FirstOrDefault(n => n is not null),
            g.First().Sequence.Of(register)))]);
    }

    private static string KindOf(BootPrediction boot)
    {
        string secureBoot = boot.SecureBoot ? "Secure Boot on" : "Secure Boot off";
        return boot.Phases.Count == 0 ? secureBoot : $"{secureBoot}, after {string.Join(':', boot.Phases)}";
    }
}

/// <summary>Whether the embedded agent policy is part of what is measured.</summary>
/// <param name="Path">In the image.</param>
/// <param name="CoveredBy">The registers that change with it; empty: none.</param>
/// <param name="MayBeReplaced">The policy allows SetPolicyRequest: the host can put another in its place, and no register shows it.</param>
/// <param name="Statement">The same for people.</param>
public sealed record AgentPolicyCoverage(string Path, Sha256 Sha256, IReadOnlyList<Register> CoveredBy, bool MayBeReplaced, string Statement)
{
    public static AgentPolicyCoverage Of(ImageMeasurements measurements, string path, Sha256 digest, bool mayBeReplaced)
    {
        int[] registers = measurements.Root is null ? [] : measurements.Root.NamedBy == ".cmdline" ? [4, 9, 11] : [4, 9, 12];
        string statement = registers.Length == 0
            ? "not covered: nothing measures the root file system"
            : $"covered: it is a file of the verified root, whose root hash is measured into PCR {string.Join(", ", registers)}";
        return new AgentPolicyCoverage(path, digest, [.. registers.Select(Register.Pcr)], mayBeReplaced, mayBeReplaced
            ? statement + "; but it allows SetPolicyRequest, so the host can replace it at run time and no register shows that"
            : statement);
    }
}
