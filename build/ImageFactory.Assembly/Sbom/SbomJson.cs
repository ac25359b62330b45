using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageFactory.Assembly.Sbom;

/// <summary>The same bytes for the same content: members in the order of the writers, line feeds, one at the end.</summary>
internal static class SbomJson
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonObject document) => document.ToJsonString(Options) + "\n";
}
