using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Measurement.References;
using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Tests.References;

[Trait("needs", "mtools")]
public sealed class ReferenceTests(ReferenceTests.Measured measured) : IClassFixture<ReferenceTests.Measured>
{
    private const string Expiration = "2027-12-31T00:00:00Z";

    private static readonly Sha256 Image = new(new string('a', 64));

    [Fact]
    public void Azure_s_values_have_the_names_that_the_operator_s_policy_asks_for()
    {
        ReferenceSet set = SetOf([AttestationTarget.AzSnpVtpm, AttestationTarget.AzTdxVtpm], [InitdataDocument.Absent.Digests]);

        // Specification of the measurements, 13.3: the names in the operator's template, and PCR 4.
        string[] names = ["pcr03", "pcr04", "pcr08", "pcr09", "pcr11", "pcr12"];
        Assert.Equal(names.SelectMany(n => (string[])["snp_" + n, "tdx_" + n]).Order(StringComparer.Ordinal), set.Values.Select(v => v.Name));
        Assert.Equal("3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969", set.Values[0].Values.Single());
    }

    [Fact]
    public void A_pod_without_initdata_has_the_pcr_8_of_the_fixed_document()
    {
        // Computed from the source text of cloud-api-adaptor, specification of the measurements, section 11.
        Assert.Equal("4b58b30becd30d16f7f60d56b32661d921ae0d3310c6a89f5d552f9bfee921a9", InitdataDocument.Absent.Digests.Pcr8);
    }

    [Theory]
    [InlineData(RvpsGeneration.A)]
    [InlineData(RvpsGeneration.B)]
    [InlineData(RvpsGeneration.C)]
    public void Each_generation_carries_the_same_values(RvpsGeneration generation)
    {
        ReferenceSet set = SetOf([AttestationTarget.AzSnpVtpm], [InitdataDocument.Absent.Digests]);

        JsonNode data = DataOf(RvpsConfigMap.Write(set, generation), generation == RvpsGeneration.C ? "reference_value" : "reference-values.json");

        Dictionary<string, string[]> values = generation switch
        {
            RvpsGeneration.A => data.AsArray().ToDictionary(e => (string)e!["name"]!, e => e!["hash-value"]!.AsArray().Select(h => (string)h!["value"]!).ToArray()),
            RvpsGeneration.B => data.AsArray().ToDictionary(e => (string)e!["name"]!, e => e!["value"]!.AsArray().Select(v => (string)v!).ToArray()),
            _ => data.AsObject().ToDictionary(e => e.Key, e => Entry((string)e.Value!)["value"]!.AsArray().Select(v => (string)v!).ToArray()),
        };
        Assert.Equal(set.Values.Select(v => v.Name), values.Keys);
        Assert.All(set.Values, v => Assert.Equal(v.Values, values[v.Name]));
    }

    [Fact]
    public void Every_file_names_the_image_and_the_expiry()
    {
        ReferenceSet set = SetOf(AttestationTarget.All, [InitdataDocument.Absent.Digests]);
        string[] files =
        [
            RvpsConfigMap.Write(set, RvpsGeneration.B),
            PcrMeasurements.Write(measured.Result.Boots[0], set),
            .. AttestationTarget.All.Select(t => AttestationPolicy.Write(t, set)),
        ];

        Assert.All(files, f => Assert.Contains(Image.Hex, f, StringComparison.Ordinal));
        Assert.All(files, f => Assert.Contains(Expiration, f, StringComparison.Ordinal));
        Assert.All(files, f => Assert.DoesNotContain('\r', f));
    }

    [Fact]
    public void The_register_message_carries_the_values_in_base64()
    {
        ReferenceSet set = SetOf([AttestationTarget.Tpm], []);

        JsonNode message = JsonNode.Parse(RvpsMessage.Write(set))!;

        JsonNode payload = JsonNode.Parse(Convert.FromBase64String((string)message["payload"]!))!;
        Assert.Equal("sample", (string)message["type"]!);
        Assert.Equal(set.Values.Single(v => v.Name == "tpm_pcr11").Values, payload["tpm_pcr11"]!.AsArray().Select(v => (string)v!));
    }

    [Fact]
    public void A_scalar_stays_a_scalar_where_policies_compare_it_as_one()
    {
        Assert.Equal("\"aa\"", new ReferenceValue("tdvfkernel", ["aa"]).ToEntry(Expiration)["value"]!.ToJsonString());
        Assert.Equal("[\"aa\"]", new ReferenceValue("mr_td", ["aa"]).ToEntry(Expiration)["value"]!.ToJsonString());
    }

    [Fact]
    public void The_form_of_existing_tools_has_the_prefix_and_tells_whom_it_misleads()
    {
        JsonNode file = JsonNode.Parse(PcrMeasurements.Write(measured.Result.Boots[0], SetOf([AttestationTarget.Tpm], [])))!;

        JsonNode pcrs = file["measurements"]!["sha256"]!;
        Assert.Equal(["pcr03", "pcr04", "pcr09", "pcr11", "pcr12"], pcrs.AsObject().Select(p => p.Key));
        Assert.All(pcrs.AsObject(), p => Assert.Matches("^0x[0-9a-f]{64}$", (string)p.Value!));

        // An image without addons has a PCR 12 of zeros only, which a tool that strips zeros cannot read.
        Assert.Contains(ImageFactory.Measurement.Events.Register.Pcr(12), PcrMeasurements.Misread(measured.Result.Boots[0]));
    }

    [Fact]
    public void Tdx_without_a_tpm_has_its_own_registers()
    {
        ReferenceSet set = SetOf([AttestationTarget.Tdx], []);

        Assert.Equal(["rtmr_1", "rtmr_2"], set.Values.Select(v => v.Name));
        Assert.All(set.Values.SelectMany(v => v.Values), v => Assert.Equal(96, v.Length));
        Assert.Equal(2, set.Values[0].Values.Count);
        Assert.Equal(["rtmr_1", "rtmr_2"], set.NotVerified.Keys);
        Assert.Contains("# NOT VERIFIED: rtmr_2: ", RvpsConfigMap.Write(set, RvpsGeneration.B), StringComparison.Ordinal);
        Assert.Contains("# NOT VERIFIED: rtmr_2: ", AttestationPolicy.Write(AttestationTarget.Tdx, set), StringComparison.Ordinal);
        Assert.Empty(SetOf([AttestationTarget.Tpm], []).NotVerified);
    }

    private ReferenceSet SetOf(IReadOnlyList<AttestationTarget> targets, IReadOnlyList<InitdataDigests> initdata) =>
        ReferenceSet.Of(measured.Result, Image, targets, initdata, [], Expiration);

    /// <summary>The text of a YAML block below a key, as JSON.</summary>
    private static JsonNode DataOf(string yaml, string key)
    {
        string[] lines = yaml.Split('\n');
        int start = Array.FindIndex(lines, l => l == $"  {key}: |");
        return JsonNode.Parse(string.Join('\n', lines[(start + 1)..]))!;
    }

    private static JsonNode Entry(string base64) => JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(base64.Replace('-', '+').Replace('_', '/'))))!;

    public sealed class Measured : IAsyncLifetime
    {
        internal ImageMeasurements Result { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            using ScratchFolder folder = new();
            Result = await ImageMeasurer.MeasureAsync(await new TestDisk().WriteAsync(folder), "disk", null, new MeasureSettings(), CancellationToken.None);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
