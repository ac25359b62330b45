using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>What our reader says, against another engine that evaluates the same text.</summary>
[Trait("needs", "cosign")]
public sealed class RegoOracleTests
{
    private const string Imports = "import future.keywords";

    private static readonly string[] Requests = ["{}", "{\"a\": true, \"x\": 1, \"process\": {\"Args\": [\"ls\"]}}", "{\"a\": [true, \"ls\"], \"debug\": true}"];

    [Theory]
    [InlineData(AgentPolicyPreset.AllowAll)]
    [InlineData(AgentPolicyPreset.Coco)]
    [InlineData(AgentPolicyPreset.AllowAllExceptExec)]
    [InlineData(AgentPolicyPreset.DenyAllButSetPolicy)]
    public void A_preset_evaluates_to_its_table(AgentPolicyPreset preset)
    {
        using RegoOracle oracle = RegoOracle.Require();
        foreach (string kata in new[] { "3.3", "3.20", "3.29", "4.1" })
        {
            CheckedPolicy policy = Policies.Preset(preset, kata);
            string all = string.Join('\n', policy.Rows.Select(row => $"data.agent_policy.{row.Call} == {(row.Verdict == PolicyVerdict.Allowed ? "true" : "false")}"));

            (bool holds, string said) = oracle.Evaluate(policy.Text, all);

            Assert.True(holds, said);
        }
    }

    [Fact]
    public void What_the_table_calls_allowed_or_refused_is_so_for_every_request()
    {
        using RegoOracle oracle = RegoOracle.Require();
        foreach ((string rules, PolicyVerdict verdict) in PolicyVerdictTests.Cases().Select(row => row.Data).Where(row => row.Item2 != PolicyVerdict.Conditional))
        {
            string policy = Policies.With(rules, "3.29", Imports);
            // The engine checks types before it evaluates: a bool has no member 'allowed', and an object never equals true.
            string value = rules.Contains("\"allowed\"", StringComparison.Ordinal) ? "ExecProcessRequest.allowed" : "ExecProcessRequest";
            string not = verdict == PolicyVerdict.Allowed ? "" : "not ";

            (bool holds, string said) = oracle.Evaluate(policy, string.Join('\n', Requests.Select(request => $"{not}data.agent_policy.{value} == true with input as {request}")));

            bool isNeverDefined = verdict != PolicyVerdict.Allowed && said.Contains("rego_type_error: undefined ref", StringComparison.Ordinal);
            holds |= isNeverDefined;
            Assert.True(holds, $"{rules} is not {verdict}: {said}");
        }
    }

    [Fact]
    public void A_form_that_our_reader_takes_is_rego()
    {
        using RegoOracle oracle = RegoOracle.Require();
        List<string> refused = [];
        foreach (string rules in RegoReaderTests.Forms().Select(row => row.Data))
        {
            (bool holds, string said) = oracle.Evaluate(Policies.With(rules, "3.29", Imports), "true");
            if (!holds && said.Contains("rego_parse_error", StringComparison.Ordinal))
                refused.Add($"{rules}\n{said}");
        }

        Assert.Empty(refused);
    }

    [Fact]
    public void A_policy_in_the_manner_of_generated_ones_is_rego_and_evaluates_to_its_table()
    {
        using RegoOracle oracle = RegoOracle.Require();
        string text = Policies.Data("generated-like.rego");
        IEnumerable<PolicyRow> sure = Policies.Inspect(text).Rows.Where(row => row.Verdict is PolicyVerdict.Allowed or PolicyVerdict.Denied && row.Call != "RemoveContainerRequest");
        string all = string.Join('\n', sure.Select(row => $"data.agent_policy.{row.Call} == {(row.Verdict == PolicyVerdict.Allowed ? "true" : "false")} with input as {{}}"));

        (bool holds, string said) = oracle.Evaluate(text, all);

        Assert.True(holds, said);
    }
}
