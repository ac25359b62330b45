using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Tests.Writing;
using ImageFactory.SecureExecution.Trustee;

namespace ImageFactory.SecureExecution.Tests.Trustee;

public sealed class ReferenceValuesTests
{
    private static readonly DateTimeOffset Expiration = new(2027, 12, 31, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Cases => [.. GoldenCaseTests.Cases.Select(c => c.Data), "c12-real"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_message_is_what_the_scripts_of_trustee_make(string name)
    {
        JsonElement expected = Vectors.Json(Vectors.Se("cases", name, "rvps.json"));
        ReferenceValues all = Read(name);

        ReferenceValues values = all.For([new Sha256(expected.GetProperty("values").GetProperty("se.image_phkh").GetString()!)]);

        using JsonDocument message = JsonDocument.Parse(values.ToRvpsMessage());
        JsonElement wanted = expected.GetProperty("message");
        Assert.Equal(JsonSerializer.Serialize(wanted), JsonSerializer.Serialize(message.RootElement));
        Assert.Equal(Encoding.UTF8.GetString(Convert.FromBase64String(wanted.GetProperty("payload").GetString()!)), values.ToSample());
    }

    [Fact]
    public void The_lines_are_those_of_the_script_on_a_big_endian_machine()
    {
        string script = File.ReadAllText(Vectors.Se("cases", "c01-min", "se_parse_hdr.txt"));

        foreach (string line in Read("c01-min").ToLines().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains("  " + line, script, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_machine_is_an_allowed_value()
    {
        using JsonDocument fragment = JsonDocument.Parse(Read("c02-full").ToPolicyFragment());

        JsonElement se = fragment.RootElement.GetProperty("se");
        Assert.Equal(2, se.GetProperty("image_phkh").GetArrayLength());
        Assert.Equal(256, se.GetProperty("version").GetInt32());
        Assert.Equal("1b901801ed8cb5ce44fe3f79a98ca44f", se.GetProperty("tag").GetString());
    }

    [Fact]
    public void A_machine_without_a_slot_is_refused()
    {
        FactoryException exception = Assert.Throws<FactoryException>(() => Read("c01-min").For([Sha256.Of("another")]));

        Assert.Equal("IFS601", exception.Faults[0].Code);
    }

    [Fact]
    public void The_encoded_entries_hold_the_plain_ones()
    {
        ReferenceValues values = Read("c01-min");
        using JsonDocument plain = JsonDocument.Parse(values.ToConfigMapEntries(Expiration));
        using JsonDocument encoded = JsonDocument.Parse(values.ToEncodedConfigMapEntries(Expiration));

        foreach (JsonElement entry in plain.RootElement.EnumerateArray())
        {
            string text = encoded.RootElement.GetProperty(entry.GetProperty("name").GetString()!).GetString()!;
            byte[] bytes = Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/'));
            Assert.Equal(JsonSerializer.Serialize(entry), Encoding.UTF8.GetString(bytes));
            Assert.Equal("2027-12-31T00:00:00Z", entry.GetProperty("expiration").GetString());
        }
    }

    [Fact]
    public void The_config_map_is_yaml_with_a_block()
    {
        string[] lines = Read("c01-min").ToConfigMap(Expiration, encoded: false).Split('\n');

        Assert.Equal(
            ["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: rvps-reference-values", "  namespace: trustee-operator-system", "data:", "  reference-values.json: |", "    ["],
            lines[..8]);
        Assert.Equal("    ]", lines[^2]);
    }

    [Fact]
    public void Each_generation_has_its_own_policy()
    {
        ReferenceValues values = Read("c01-min");

        Assert.Contains("input.se.tag == \"" + values.Tag + "\"", values.ToPolicy(TrusteeGeneration.Current), StringComparison.Ordinal);
        Assert.DoesNotContain("user_data", values.ToPolicy(TrusteeGeneration.Current), StringComparison.Ordinal);
        Assert.Contains("input[\"se.tag\"] == \"" + values.Tag + "\"", values.ToPolicy(TrusteeGeneration.Flat), StringComparison.Ordinal);
    }

    private static ReferenceValues Read(string name) =>
        ReferenceValues.Of(SecureExecutionHeader.Parse(Vectors.SeBytes("cases", name, "sehdr.bin"), name));
}
