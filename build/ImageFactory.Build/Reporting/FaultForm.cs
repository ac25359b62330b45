using System.Text.Json;
using ImageFactory.Model;

namespace ImageFactory.Build.Reporting;

/// <summary>Faults in the JSON of an answer.</summary>
internal static class FaultForm
{
    public static void WriteTo(Utf8JsonWriter json, IReadOnlyList<Fault> faults)
    {
        json.WriteStartArray("faults");
        foreach (Fault fault in faults)
        {
            json.WriteStartObject();
            json.WriteString("code", fault.Code);
            json.WriteString("severity", fault.Severity == Severity.Warning ? "warning" : "error");
            json.WriteString("where", fault.Where);
            json.WriteString("message", fault.Message);
            json.WriteString("hint", fault.Hint);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
