using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>The same facts for machines. Field names are a contract: add, never rename.</summary>
public static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },

        // The text goes to files and pipes, never into a page: quotes and angle brackets may stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="report">What was found.</param>
    /// <param name="lint">Broken rules; null when they were not asked for.</param>
    public static string Of(ImageReport report, IReadOnlyList<Fault>? lint) => JsonSerializer.Serialize(
        new
        {
            report.File,
            report.Format,
            report.FileSize,
            report.VirtualSize,
            report.Partitions,
            report.Programs,
            report.Verity,
            Root = Root(report.Root),
            Faults = report.Faults.Select(Fault),
            Lint = lint?.Select(Fault),
        },
        Options) + "\n";

    private static object? Root(RootReport? root) => root is null ? null : new
    {
        root.FileSystem,
        root.Files,
        root.Bytes,
        root.OsRelease,
        root.Packages,
        root.EnabledUnits,
        root.MaskedUnits,
        root.MeasuringUnits,
        root.AgentPrograms,
        AgentPolicy = root.Policy is not { } policy ? null : new
        {
            Path = root.PolicyPath,
            Sha256 = policy.Digest,
            Kata = policy.Kata.ToString(),
            Calls = policy.Rows.Select(r => new { r.Call, r.Verdict }),
            Faults = policy.Faults.Select(Fault),
        },
        root.OpenUsers,
        root.AuthorizedKeys,
        root.HostKeys,
        root.HasSshServer,
        root.SshUnit,
        root.Autologins,
        root.SetIdFiles,
        root.HasEmptyMachineId,
        root.HasCloudInit,
        root.IsCloudInitRestricted,
    };

    private static object Fault(Fault fault) => new { fault.Code, fault.Severity, fault.Where, fault.Message, fault.Hint };
}
