using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.References;

/// <summary>
/// The form that existing tools read (it travels in containers as /image/measurements.json): one value per PCR, with the prefix 0x.
/// One such tool takes the prefix off together with all leading zeros of the digest; what it makes of a digest that begins with 0 is wrong
/// and cannot be helped from here.
/// </summary>
public static class PcrMeasurements
{
    public const string FileName = "measurements-pcr.json";

    private static readonly int[] Given = [3, 4, 9, 11, 12];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="boot">The kind of boot whose values are given; the form has room for one.</param>
    public static string Write(BootPrediction boot, ReferenceSet set)
    {
        JsonObject values = [];
        foreach (int pcr in Given)
            values[Register.Pcr(pcr).ToString()] = "0x" + boot[Register.Pcr(pcr)].Sha256;
        return new JsonObject
        {
            ["image"] = new JsonObject { ["sha256"] = set.Image.Hex, ["expiration"] = set.Expiration },
            ["measurements"] = new JsonObject { ["sha256"] = values },
        }.ToJsonString(Indented) + "\n";
    }

    /// <summary>PCRs whose digest begins with a zero digit: those the tool above gets wrong.</summary>
    public static IReadOnlyList<Register> Misread(BootPrediction boot) =>
        [.. Given.Select(Register.Pcr).Where(r => boot[r].Sha256!.StartsWith('0'))];
}
