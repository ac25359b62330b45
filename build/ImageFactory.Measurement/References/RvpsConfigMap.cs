using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.References;

/// <summary>
/// The ConfigMap <c>rvps-reference-values</c> of the Trustee operator, in the three forms that its releases read
/// (specification of the measurements, 13.2).
/// </summary>
public static class RvpsConfigMap
{
    public const string FileName = "rvps-reference-values.yaml";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>YAML with LF; a comment at its head names image and expiry.</summary>
    public static string Write(ReferenceSet set, RvpsGeneration generation)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# Reference values of the image with SHA-256 {set.Image}\n");
        text.Append(CultureInfo.InvariantCulture, $"# Targets: {string.Join(", ", set.Targets)}; values expire {set.Expiration}\n");
        text.Append(set.DoubtComments());
        text.Append("# Add these values before machines boot the image, and keep the old image's until none runs it any more.\n");
        text.Append("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rvps-reference-values\n  namespace: trustee-operator-system\n  annotations:\n");
        text.Append(CultureInfo.InvariantCulture, $"    image-factory/image-sha256: \"{set.Image}\"\n    image-factory/expiration: \"{set.Expiration}\"\n");
        text.Append(generation == RvpsGeneration.C ? "data:\n  reference_value: |\n" : "data:\n  reference-values.json: |\n");
        foreach (string line in Lines(set, generation))
            text.Append("    ").Append(line).Append('\n');
        return text.ToString();
    }

    private static IEnumerable<string> Lines(ReferenceSet set, RvpsGeneration generation)
    {
        bool map = generation == RvpsGeneration.C;
        yield return map ? "{" : "[";
        for (int index = 0; index < set.Values.Count; index++)
        {
            ReferenceValue value = set.Values[index];
            string entry = generation switch
            {
                RvpsGeneration.A => EntryA(value, set.Expiration).ToJsonString(Compact),
                RvpsGeneration.B => value.ToEntry(set.Expiration).ToJsonString(Compact),
                _ => $"\"{value.Name}\": \"{UrlSafeBase64(value.ToEntry(set.Expiration).ToJsonString(Compact))}\"",
            };
            yield return $"  {entry}{(index < set.Values.Count - 1 ? "," : "")}";
        }

        yield return map ? "}" : "]";
    }

    /// <summary>The oldest form: digests with their algorithm, which is told by their length.</summary>
    private static JsonObject EntryA(ReferenceValue value, string expiration) => new()
    {
        ["name"] = value.Name,
        ["expired"] = expiration,
        ["hash-value"] = new JsonArray([.. value.Values.Select(v => new JsonObject { ["alg"] = v.Length == 96 ? "sha384" : "sha256", ["value"] = v })]),
    };

    /// <summary>With padding, as the operator's store writes it.</summary>
    private static string UrlSafeBase64(string json) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).Replace('+', '-').Replace('/', '_');
}
