using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Rendering;

/// <summary>The same facts for machines. Field names are a contract: add, never rename.</summary>
public static class PolicyJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },

        // The text goes to files and pipes, never into a page: quotes and angle brackets may stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(PolicyInspection inspection) => Write(new
    {
        inspection.Name,
        Kata = inspection.Kata.ToString(),
        Sha256 = inspection.Digest,
        Calls = inspection.Rows.Select(Row),
        inspection.Notes,
        Faults = inspection.Faults.Select(Fault),
    });

    public static string Of(PolicyDiff diff) => Write(new
    {
        Before = new { diff.Before.Name, Kata = diff.Before.Kata.ToString(), Sha256 = diff.Before.Digest },
        After = new { diff.After.Name, Kata = diff.After.Kata.ToString(), Sha256 = diff.After.Digest },
        Changes = diff.Changes.Select(change => new { change.Call, change.Effect, Before = Row(change.Before), After = Row(change.After) }),
    });

    public static string Of(PolicyTestResult result) => Write(new
    {
        result.Policy.Name,
        Kata = result.Policy.Kata.ToString(),
        Sha256 = result.Policy.Digest,
        result.Engine,
        Passed = result.Cases.Count - result.Failed,
        result.Failed,
        Cases = result.Cases.Select(c => new { c.Case.Name, c.Case.Request, c.Case.Place, Expected = PolicyTestTable.Word(c.Case.Allowed), Found = PolicyTestTable.Word(c.Outcome), c.Passed, c.Said }),
    });

    private static string Write(object value) => JsonSerializer.Serialize(value, Options) + "\n";

    private static object? Row(PolicyRow? row) => row is null ? null : new
    {
        row.Call,
        row.Verdict,
        Lines = row.Lines.Length == 0 ? null : row.Lines,
        row.Note,
        BuiltIns = row.BuiltIns.Count == 0 ? null : row.BuiltIns,
        InputPaths = row.InputPaths.Count == 0 ? null : row.InputPaths,
        row.Rules,
    };

    private static object Fault(Fault fault) => new { fault.Code, fault.Severity, fault.Where, fault.Message, fault.Hint };
}
