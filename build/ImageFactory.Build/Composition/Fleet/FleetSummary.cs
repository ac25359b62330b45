using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Model;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Build.Composition.Fleet;

/// <summary>What became of a fleet's images.</summary>
internal static class FleetSummary
{
    private const string Missing = "missing";
    private const string Unreadable = "unreadable";
    private const string Succeeded = "succeeded";
    private const string Failed = "failed";

    /// <param name="list">Every entry of it must have a result; null: whatever has one.</param>
    /// <param name="results">By entry; null: it cannot be read.</param>
    public static Answer Of(FleetList? list, IReadOnlyDictionary<string, FleetResult?> results)
    {
        Row[] rows = list is null
            ? [.. results.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new Row(r.Key, r.Value, StateOf(r.Value)))]
            : [.. list.Entries.Select(e => RowOf(e, results))];
        StringBuilder text = new();
        text.Append(Columns.Of(
            ["ENTRY", "ARCHITECTURE", "PROVIDER", "STATE", "TIME", "FAULT", "IMAGE"],
            [.. rows.Select(r => new[] { r.Name, r.Architecture, r.Provider, r.State, Duration(r.Result), r.Result?.Fault ?? "", Image(r.Result) })]));
        text.Append(CultureInfo.InvariantCulture, $"\n{rows.Length} {(rows.Length == 1 ? "image" : "images")}");
        text.AppendJoin("", rows.GroupBy(r => r.State).OrderBy(g => g.Key, StringComparer.Ordinal).Select((g, i) => $"{(i == 0 ? ":" : ",")} {g.Count()} {g.Key}")).Append('\n');
        return new Answer(text.ToString()) { Faults = [.. FaultsOf(rows)], Json = () => JsonOf(rows) };
    }

    private static Row RowOf(FleetEntry entry, IReadOnlyDictionary<string, FleetResult?> results)
    {
        bool told = results.TryGetValue(entry.Name, out FleetResult? result);
        return new Row(entry.Name, result, told ? StateOf(result) : Missing)
        {
            Architecture = FleetRecipe.WordOf(entry.Architecture),
            Provider = FleetPlan.ProviderOf(entry) ?? "all",
        };
    }

    private static string StateOf(FleetResult? result) => result?.State switch
    {
        FleetState.Succeeded => Succeeded,
        FleetState.Failed => Failed,
        FleetState.Running => "running",
        FleetState.Stopped => "stopped",
        _ => Unreadable,
    };

    private static IEnumerable<Fault> FaultsOf(Row[] rows)
    {
        Row[] failed = [.. rows.Where(r => r.State == Failed)];
        string[] undone = [.. rows.Where(r => r.State is not (Failed or Succeeded)).Select(r => r.Name)];
        if (failed.Length > 0)
            yield return FleetFaults.Failed([.. failed.Select(r => r.Name)], rows.Length, CodeOf(failed[0].Result!));
        if (undone.Length > 0)
            yield return FleetFaults.NotDone(undone, rows.Length);
        if (rows.Length == 0)
            yield return FleetFaults.NoResults(FleetResults.Name);
    }

    /// <summary>As the worker ended; a result is a text that anybody may have written.</summary>
    private static ExitCode CodeOf(FleetResult result) =>
        (ExitCode)(result.ExitCode ?? 0) is var code and not ExitCode.Ok && Enum.IsDefined(code) ? code : ExitCode.Internal;

    private static string Duration(FleetResult? result) =>
        result?.Seconds is { } seconds and >= 0 and < 1e9 ? EventText.Duration(TimeSpan.FromSeconds(seconds)) : "";

    /// <summary>What machines boot; of an image that was published nowhere its digest.</summary>
    private static string Image(FleetResult? result) =>
        result is { Images.Count: > 0 } ? string.Join(", ", result.Images) : result?.Digest is { } digest ? $"sha256:{digest}" : "";

    private static string JsonOf(Row[] rows) => JsonForm.Write(json =>
    {
        json.WriteStartArray();
        foreach (Row row in rows)
        {
            json.WriteStartObject();
            json.WriteString("entry", row.Name);
            json.WriteString("architecture", row.Architecture);
            json.WriteString("provider", row.Provider);
            json.WriteString("state", row.State);
            json.WritePropertyName("result");
            if (row.Result is { } result)
                json.WriteRawValue(result.ToJson());
            else
                json.WriteNullValue();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <param name="Result">Null: there is none, or it cannot be read.</param>
    private sealed record Row(string Name, FleetResult? Result, string State)
    {
        public string Architecture { get; init; } = Result?.Architecture ?? "";

        public string Provider { get; init; } = Result is null ? "" : Result.Provider ?? "all";
    }
}
