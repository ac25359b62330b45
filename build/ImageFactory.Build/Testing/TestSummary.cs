using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;

namespace ImageFactory.Build.Testing;

/// <summary>All results as text and JSON. The last line of the text stands alone and is the one that scripts read.</summary>
internal sealed record TestSummary(IReadOnlyList<AssemblyResult> Results)
{
    public int Passed => Results.Sum(r => r.Passed);

    public int Failed => Results.Sum(r => r.Failures.Count);

    public int Skipped => Results.Sum(r => r.Skips.Count);

    public string ToText()
    {
        StringBuilder text = new();
        foreach (TestCase failure in Results.SelectMany(r => r.Failures))
        {
            text.Append("FAILED ").Append(failure.Name).Append('\n');
            AppendIndented(text, failure.Message);
            AppendIndented(text, failure.Trace);
            text.Append('\n');
        }

        foreach (IGrouping<string, TestCase> reason in Results.SelectMany(r => r.Skips).GroupBy(s => s.Message))
        {
            text.Append("skipped: ").Append(reason.Key).Append('\n');
            foreach (TestCase skip in reason)
                text.Append("    ").Append(skip.Name).Append('\n');
        }

        if (Skipped > 0)
            text.Append('\n');
        int width = Results.Max(r => r.Name.Length);
        text.Append(CultureInfo.InvariantCulture, $"{"".PadRight(width)} {"passed",7} {"failed",7} {"skipped",7} {"time",12}\n");
        foreach (AssemblyResult r in Results)
            text.Append(CultureInfo.InvariantCulture, $"{r.Name.PadRight(width)} {r.Passed,7} {r.Failures.Count,7} {r.Skips.Count,7} {EventText.Duration(r.Elapsed),12}\n");
        text.Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{Passed} passed, {Failed} failed, {Skipped} skipped\n");
        return text.ToString();
    }

    public string ToJson() => JsonForm.Write(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("passed", Passed);
        json.WriteNumber("failed", Failed);
        json.WriteNumber("skipped", Skipped);
        json.WriteStartArray("assemblies");
        foreach (AssemblyResult r in Results)
        {
            json.WriteStartObject();
            json.WriteString("name", r.Name);
            json.WriteNumber("passed", r.Passed);
            json.WriteNumber("seconds", Math.Round(r.Elapsed.TotalSeconds, 3));
            WriteCases(json, "failures", r.Failures);
            WriteCases(json, "skips", r.Skips);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteCases(System.Text.Json.Utf8JsonWriter json, string name, IReadOnlyList<TestCase> cases)
    {
        json.WriteStartArray(name);
        foreach (TestCase test in cases)
        {
            json.WriteStartObject();
            json.WriteString("name", test.Name);
            json.WriteString("message", test.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void AppendIndented(StringBuilder text, string lines)
    {
        foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            text.Append("    ").Append(line.TrimEnd('\r')).Append('\n');
    }
}
