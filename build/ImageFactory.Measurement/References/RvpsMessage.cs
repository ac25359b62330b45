using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageFactory.Measurement.References;

/// <summary>The message that registers the values with a stand-alone RVPS; the RVPS itself sets the expiry there, to twelve months.</summary>
public static class RvpsMessage
{
    public const string FileName = "rvps-register.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>{"version", "type": "sample", "payload": base64 of {name: values}}</c>.</summary>
    public static string Write(ReferenceSet set)
    {
        JsonObject payload = [];
        foreach (ReferenceValue value in set.Values)
            payload[value.Name] = value.IsScalar ? JsonValue.Create(value.Values[0]) : new JsonArray([.. value.Values.Select(v => JsonValue.Create(v))]);
        return new JsonObject
        {
            ["version"] = "0.1.0",
            ["type"] = "sample",
            ["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(payload.ToJsonString())),
        }.ToJsonString(Indented) + "\n";
    }
}
