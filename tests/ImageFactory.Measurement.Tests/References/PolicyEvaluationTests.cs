using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Tests.AgentPolicy;
using ImageFactory.Measurement.References;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.References;

/// <summary>The attestation policies as a policy engine decides with them, on claims in the encodings of each verifier.</summary>
[Trait("needs", "cosign")]
public sealed class PolicyEvaluationTests
{
    private const string Affirmed = "claims.executables == 3\nclaims.hardware == 2\nclaims.configuration == 2";

    /// <summary>
    /// Evidence of each kind (specification of the measurements, section 12), and the places in it that the policy must look at, with the
    /// claim that falls when the place has another value.
    /// </summary>
    public static TheoryData<string, string, string> Evidence => new()
    {
        {
            "az-snp-vtpm",
            """{"tpm": {"pcr03": "p3", "pcr04": "p4", "pcr07": "p7", "pcr08": "p8", "pcr09": "p9", "pcr11": "p11", "pcr12": "p12"}, "measurement": "bA==", "policy_debug_allowed": "false"}""",
            "tpm.pcr03 tpm.pcr04 tpm.pcr07 tpm.pcr09 tpm.pcr11 tpm.pcr12 | tpm.pcr08 policy_debug_allowed"
        },
        {
            "az-tdx-vtpm",
            """
            {"tpm": {"pcr03": "p3", "pcr04": "p4", "pcr07": "p7", "pcr08": "p8", "pcr09": "p9", "pcr11": "p11", "pcr12": "p12"},
             "quote": {"header": {"tee_type": "81000000"}, "body": {"td_attributes": {"debug": false}}}}
            """,
            "tpm.pcr03 tpm.pcr04 tpm.pcr07 tpm.pcr09 tpm.pcr11 tpm.pcr12 | tpm.pcr08 quote.body.td_attributes.debug"
        },
        {
            "tpm",
            """{"pcr03": "p3", "pcr04": "p4", "pcr07": "p7", "pcr08": "p8", "pcr09": "p9", "pcr11": "p11", "pcr12": "p12", "ak_public": "ak"}""",
            "pcr03 pcr04 pcr07 pcr09 pcr11 pcr12 | pcr08"
        },
        {
            "snp",
            """{"measurement": "m", "init_data": "i", "policy_debug_allowed": false}""",
            "measurement | init_data policy_debug_allowed"
        },
        {
            "tdx",
            """{"quote": {"header": {"tee_type": "81000000"}, "body": {"mr_td": "m", "rtmr_1": "r1", "rtmr_2": "r2", "td_attributes": {"debug": false}}}, "init_data": "i"}""",
            "quote.body.rtmr_1 quote.body.rtmr_2 | init_data quote.body.td_attributes.debug"
        },
    };

    [Theory]
    [MemberData(nameof(Evidence))]
    public void A_machine_with_the_registered_values_is_affirmed_and_each_other_value_is_not(string target, string evidence, string places)
    {
        using RegoOracle oracle = RegoOracle.Require();
        string policy = AttestationPolicy.Write(AttestationTarget.Find(target)!, Set(target)) + Registered(target, without: null);
        JsonNode claims = JsonNode.Parse(evidence)!;

        Assert.True(Holds(claims, Affirmed, out string said), said);

        string[] claimsThatFall = ["claims.executables == 33", "claims.configuration == 36"];
        foreach ((string group, string falls) in places.Split('|').Zip(claimsThatFall))
        {
            foreach (string place in group.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                Assert.True(Holds(Changed(claims, place), falls, out said), $"{place}: {said}");
        }

        bool Holds(JsonNode evidence, string condition, out string said)
        {
            string input = new JsonObject { [target] = evidence.DeepClone() }.ToJsonString();
            (bool holds, said) = oracle.Evaluate(policy, $"claims := data.policy.trust_claims with input as {input}\n{condition}");
            return holds;
        }
    }

    [Theory]
    [MemberData(nameof(Evidence))]
    public void A_value_that_nobody_registered_refuses(string target, string evidence, string places)
    {
        using RegoOracle oracle = RegoOracle.Require();
        string first = places.Split(' ')[0];
        string name = $"{AttestationTarget.Find(target)!.Prefix}_{first.Split('.')[^1]}";
        string policy = AttestationPolicy.Write(AttestationTarget.Find(target)!, Set(target))
            + Registered(target, without: target switch { "snp" => "snp_launch_measurement", "tdx" => "rtmr_1", _ => name });

        (bool holds, string said) = oracle.Evaluate(policy, $"claims := data.policy.trust_claims with input as {{\"{target}\": {evidence}}}\nclaims.executables == 33");

        Assert.True(holds, said);
    }

    /// <summary>Names and values as if they came from an image.</summary>
    private static ReferenceSet Set(string target) => new()
    {
        Image = new Sha256(new string('a', 64)),
        Targets = [AttestationTarget.Find(target)!],
        Values = [.. Values(target).Select(v => new ReferenceValue(v.Key, [v.Value, "of another image"]))],
        Expiration = "2027-12-31T00:00:00Z",
    };

    private static Dictionary<string, string> Values(string target) => target switch
    {
        "snp" => new() { ["snp_launch_measurement"] = "m", ["snp_init_data"] = "i" },
        "tdx" => new() { ["mr_td"] = "m", ["rtmr_1"] = "r1", ["rtmr_2"] = "r2", ["tdx_init_data"] = "i" },
        _ => new[] { 3, 4, 7, 8, 9, 11, 12 }.ToDictionary(pcr => $"{AttestationTarget.Find(target)!.Prefix}_pcr{pcr:00}", pcr => $"p{pcr}"),
    };

    /// <summary>What Trustee's engine adds to the language: the stored value of a name, or null.</summary>
    private static string Registered(string target, string? without)
    {
        Dictionary<string, string[]> stored = Set(target).Values.ToDictionary(v => v.Name, v => v.Values.ToArray());
        if (target == "tpm")
            stored.Add("trusted_aks", ["ak"]);
        if (without is not null)
            Assert.True(stored.Remove(without));
        return $"\nquery_reference_value(name) := object.get({JsonSerializer.Serialize(stored)}, name, null)\n";
    }

    private static JsonNode Changed(JsonNode evidence, string place)
    {
        JsonNode copy = evidence.DeepClone();
        string[] steps = place.Split('.');
        JsonObject parent = steps[..^1].Aggregate(copy, (node, step) => node[step]!).AsObject();
        parent[steps[^1]] = parent[steps[^1]]!.GetValueKind() == JsonValueKind.False ? JsonValue.Create(true) : JsonValue.Create("other");
        return copy;
    }
}
