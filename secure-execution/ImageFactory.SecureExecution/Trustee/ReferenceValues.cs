using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Trustee;

/// <summary>
/// What a verifier is to expect of an image, in the forms that Trustee takes. Computed from the header alone: no machine, no boot.
/// The same image gives the same bytes.
/// </summary>
/// <remarks>
/// <code>
/// se.version          the header's version, 256
/// se.tag              last 16 bytes of the header, 32 hex digits
/// se.image_phkh       PHKH of the machine that runs the image: one allowed value per key slot
/// se.attestation_phkh the same in practice
/// se.user_data        "00"; only old verifiers know it
/// </code>
/// SE format, section 14; measurements, sections 12 and 13.
/// </remarks>
public sealed class ReferenceValues
{
    private const string UserData = "00";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, IndentSize = 4, NewLine = "\n" };

    private ReferenceValues(uint version, string tag, IReadOnlyList<string> phkhs)
    {
        Version = version;
        Tag = tag;
        Phkhs = phkhs;
    }

    public uint Version { get; }

    public string Tag { get; }

    /// <summary>Each machine once, in the order of the slots.</summary>
    public IReadOnlyList<string> Phkhs { get; }

    public static ReferenceValues Of(SecureExecutionHeader header) =>
        new(header.Version, Convert.ToHexStringLower(header.Tag), [.. header.KeySlots.Select(s => s.Phkh.Hex).Distinct()]);

    /// <summary>Only the values for some machines, as when each has a verifier of its own.</summary>
    /// <exception cref="FactoryException">IFS601: the image has no slot for one of them.</exception>
    public ReferenceValues For(IReadOnlyCollection<Sha256> machines)
    {
        List<Fault> faults = [.. machines.Where(m => !Phkhs.Contains(m.Hex)).Select(m => TrusteeFaults.NoSlotFor(m.Hex))];
        FactoryException.ThrowIfAny(faults);
        return new ReferenceValues(Version, Tag, [.. Phkhs.Where(p => machines.Any(m => m.Hex == p))]);
    }

    /// <summary>The lines that se_parse_hdr.py prints at its end, right on every machine.</summary>
    public string ToLines()
    {
        StringBuilder text = new();
        foreach (string phkh in Phkhs)
            text.Append(CultureInfo.InvariantCulture, $"se.image_phkh: {phkh}\n");
        text.Append(CultureInfo.InvariantCulture, $"se.version: {Version}\n");
        text.Append(CultureInfo.InvariantCulture, $"se.tag: {Tag}\n");
        foreach (string phkh in Phkhs)
            text.Append(CultureInfo.InvariantCulture, $"se.attestation_phkh: {phkh}\n");
        return text.ToString();
    }

    /// <summary>What GetRvps.sh calls <c>se-sample</c>: the five names with arrays of strings, four-space indentation.</summary>
    public string ToSample()
    {
        return WriteJson(Indented, json =>
        {
            json.WriteStartObject();
            WriteArray(json, "se.attestation_phkh", Phkhs);
            WriteArray(json, "se.tag", [Tag]);
            WriteArray(json, "se.image_phkh", Phkhs);
            WriteArray(json, "se.user_data", [UserData]);
            WriteArray(json, "se.version", [Version.ToString(CultureInfo.InvariantCulture)]);
            json.WriteEndObject();
        }) + "\n";
    }

    /// <summary>The message that registers the values with an RVPS (generation D).</summary>
    public string ToRvpsMessage() => WriteJson(default, json =>
    {
        json.WriteStartObject();
        json.WriteString("version", "0.1.0");
        json.WriteString("type", "sample");
        json.WriteString("payload", Convert.ToBase64String(Encoding.UTF8.GetBytes(ToSample())));
        json.WriteEndObject();
    });

    /// <summary>What goes into a resource policy of the current generation: literals, the RVPS is not asked.</summary>
    public string ToPolicyFragment() => WriteJson(Indented, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("se");
        json.WriteString("tag", Tag);
        WriteArray(json, "image_phkh", Phkhs);
        WriteArray(json, "attestation_phkh", Phkhs);
        json.WriteNumber("version", Version);
        json.WriteEndObject();
        json.WriteEndObject();
    }) + "\n";

    /// <summary>Entries for the ConfigMap <c>rvps-reference-values</c>, key <c>reference-values.json</c> (generation B, Trustee operator 1.0 and 1.1).</summary>
    /// <param name="expiration">To the second; this is the only thing in it that is not from the image.</param>
    public string ToConfigMapEntries(DateTimeOffset expiration) => WriteJson(Indented, json =>
    {
        json.WriteStartArray();
        foreach ((string name, IReadOnlyList<string> values) in RvpsNames())
            WriteEntry(json, name, values, expiration);
        json.WriteEndArray();
    }) + "\n";

    /// <summary>The same for key <c>reference_value</c> (generation C, Trustee operator 1.2): name to URL-safe base64, padded, of the compact entry.</summary>
    public string ToEncodedConfigMapEntries(DateTimeOffset expiration) => WriteJson(default, json =>
    {
        json.WriteStartObject();
        foreach ((string name, IReadOnlyList<string> values) in RvpsNames())
        {
            string entry = WriteJson(default, inner => WriteEntry(inner, name, values, expiration));
            json.WriteString(name, Convert.ToBase64String(Encoding.UTF8.GetBytes(entry)).Replace('+', '-').Replace('/', '_'));
        }

        json.WriteEndObject();
    }) + "\n";

    /// <summary>A ConfigMap as <c>kubectl apply</c> takes it.</summary>
    public string ToConfigMap(DateTimeOffset expiration, bool encoded)
    {
        string content = encoded ? ToEncodedConfigMapEntries(expiration) : ToConfigMapEntries(expiration);
        StringBuilder yaml = new();
        yaml.Append("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rvps-reference-values\n  namespace: trustee-operator-system\ndata:\n");
        yaml.Append(encoded ? "  reference_value: |\n" : "  reference-values.json: |\n");
        foreach (string line in content.TrimEnd('\n').Split('\n'))
            yaml.Append("    ").Append(line).Append('\n');
        return yaml.ToString();
    }

    /// <summary>A policy that allows exactly this image on exactly these machines.</summary>
    public string ToPolicy(TrusteeGeneration generation) => generation == TrusteeGeneration.Current ? CurrentPolicy() : FlatPolicy();

    /// <summary>The names that a site's own policy may ask the RVPS for: no dots, as in Trustee's other names.</summary>
    private IEnumerable<(string Name, IReadOnlyList<string> Values)> RvpsNames() =>
        [("se_tag", [Tag]), ("se_image_phkh", Phkhs), ("se_attestation_phkh", Phkhs)];

    private string CurrentPolicy() =>
        $$"""
        package policy
        import rego.v1

        default executables := 33
        default hardware := 97
        default configuration := 36

        trust_claims := {
            "executables": executables, "hardware": hardware, "configuration": configuration,
            "file-system": 0, "instance-identity": 0, "runtime-opaque": 0, "storage-opaque": 0, "sourced-data": 0,
        }

        executables := 3 if {
            input.se.tag == "{{Tag}}"
        }

        hardware := 2 if {
            input.se.version == {{Version.ToString(CultureInfo.InvariantCulture)}}
            input.se.image_phkh in {{RegoSet()}}
        }

        configuration := 2 if {
            input.se.attestation_phkh in {{RegoSet()}}
        }

        """;

    private string FlatPolicy() =>
        $$"""
        package policy
        import rego.v1

        default allow = false

        converted_version := sprintf("%v", [input["se.version"]])

        # Verifiers since January 2025 claim no user_data.
        user_data_fits if not input["se.user_data"]
        user_data_fits if input["se.user_data"] == "{{UserData}}"

        allow if {
            input["se.attestation_phkh"] in {{RegoSet()}}
            input["se.image_phkh"] in {{RegoSet()}}
            input["se.tag"] == "{{Tag}}"
            user_data_fits
            converted_version == "{{Version.ToString(CultureInfo.InvariantCulture)}}"
        }

        """;

    private string RegoSet() => "{" + string.Join(", ", Phkhs.Select(p => $"\"{p}\"")) + "}";

    private static void WriteEntry(Utf8JsonWriter json, string name, IReadOnlyList<string> values, DateTimeOffset expiration)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("expiration", expiration.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        WriteArray(json, "value", values);
        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string WriteJson(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, options))
            write(json);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
