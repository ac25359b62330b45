using System.Text.Json;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Rendering;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

public sealed class PolicyTableTests
{
    [Fact]
    public void A_generated_policy_is_read_without_errors_and_its_data_decides_what_it_can()
    {
        PolicyInspection inspection = Generated();

        Assert.Empty(inspection.Errors());
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("ReadStreamRequest"));
        Assert.Equal(PolicyVerdict.Denied, inspection.Verdict("CloseStdinRequest"));
        Assert.Equal(PolicyVerdict.Denied, inspection.Verdict("WriteStreamRequest"));
        Assert.Equal(PolicyVerdict.Conditional, inspection.Verdict("CreateContainerRequest"));
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("RemoveContainerRequest"));
        Assert.Equal(PolicyVerdict.Dead, inspection.Verdict("StopTracingRequest"));
    }

    [Theory]
    [InlineData("3.29")]
    [InlineData("4.1")]
    public void A_generated_policy_suits_both_dialects(string kata)
    {
        Assert.Empty(Policies.Inspect(Policies.Data("generated-like.rego"), kata).Errors());
    }

    [Fact]
    public void The_table_of_a_generated_policy_is_approved()
    {
        Policies.Approved("generated-like.show.txt", PolicyTable.Show(Generated()));
        Policies.Approved("generated-like.check.txt", PolicyTable.Check(Generated()));
        Policies.Approved("generated-like.json", PolicyJson.Of(Generated()));
    }

    [Fact]
    public void The_table_of_a_preset_is_approved()
    {
        Policies.Approved("coco.show.txt", PolicyTable.Show(PolicyInspector.Inspect(AgentPolicyPreset.Coco, "4.1", false)));
    }

    [Fact]
    public void The_check_of_a_broken_policy_is_approved()
    {
        PolicyInspection inspection = Policies.Inspect(
            """
            package agent_policy

            default ExecProcesRequest := false
            default ReadStdoutRequest := true
            default AllowRequestsFailingPolicy := true
            ExecProcessRequest { glob.match("ls*", [], input.process.Args[0]) }
            ExecProcessRequest := false
            CopyFileRequest if { regex.match("/run/.*", input.path) }
            """);

        Policies.Approved("broken.check.txt", PolicyTable.Check(inspection));
        Policies.Approved("broken.show.txt", PolicyTable.Show(inspection));
    }

    [Fact]
    public void The_difference_of_two_policies_is_approved()
    {
        PolicyInspection coco = PolicyInspector.Inspect(AgentPolicyPreset.Coco, "3.20", false);
        PolicyDiff diff = PolicyDiff.Between(coco, Generated());

        Policies.Approved("coco-generated.diff.txt", PolicyDiffTable.Of(diff));
        Policies.Approved("coco-generated.diff.json", PolicyJson.Of(diff));
    }

    [Fact]
    public void Nothing_reaches_beyond_80_columns()
    {
        PolicyInspection coco = PolicyInspector.Inspect(AgentPolicyPreset.Coco, "3.20", false);
        string[] texts = [PolicyTable.Show(Generated()), PolicyTable.Show(coco), PolicyDiffTable.Of(PolicyDiff.Between(coco, Generated()))];

        Assert.All(texts.SelectMany(text => text.Split('\n')), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void The_json_carries_every_row_and_every_fault()
    {
        using JsonDocument json = JsonDocument.Parse(PolicyJson.Of(Generated()));

        Assert.Equal(Generated().Rows.Count, json.RootElement.GetProperty("calls").GetArrayLength());
        Assert.Equal(Generated().Faults.Count, json.RootElement.GetProperty("faults").GetArrayLength());
    }

    [Theory]
    [InlineData("default ExecProcessRequest := false", "default ExecProcessRequest := true", PolicyEffect.Wider)]
    [InlineData("ExecProcessRequest if { input.a }", "default ExecProcessRequest := false", PolicyEffect.Narrower)]
    [InlineData("default ExecProcessRequest := false", "ExecProcessRequest if { false }", PolicyEffect.Other)]
    [InlineData("ExecProcessRequest if { input.a }", "ExecProcessRequest if { input.b }", PolicyEffect.OtherRules)]
    [InlineData("ExecProcessRequest if { f(input) }\nf(x) if { x.a }", "ExecProcessRequest if { f(input) }\nf(x) if { x.b }", PolicyEffect.OtherRules)]
    [InlineData("p := [\"ls\"]\nExecProcessRequest if { input.a in p }", "p := [\"rm\"]\nExecProcessRequest if { input.a in p }", PolicyEffect.OtherRules)]
    [InlineData("ExecProcessRequest if { \"a b\" == input.a }", "ExecProcessRequest if { \"a\\\" b\" == input.a }", PolicyEffect.OtherRules)]
    public void A_difference_says_whether_the_host_may_do_more(string before, string after, PolicyEffect effect)
    {
        PolicyDiff diff = PolicyDiff.Between(Policies.Inspect(Policies.With(before)), Policies.Inspect(Policies.With(after)));

        Assert.Equal(("ExecProcessRequest", effect), (Assert.Single(diff.Changes).Call, diff.Changes[0].Effect));
    }

    [Fact]
    public void Layout_and_comments_are_no_difference()
    {
        PolicyInspection before = Policies.Inspect(Policies.With("ExecProcessRequest if { input.a\ninput.b }"));
        PolicyInspection after = Policies.Inspect(Policies.With("# new\nExecProcessRequest  if {\n  input.a # a\n  input.b\n}"));

        Assert.Empty(PolicyDiff.Between(before, after).Changes);
    }

    private static PolicyInspection Generated() =>
        PolicyInspector.Inspect("generated-like.rego", System.Text.Encoding.UTF8.GetBytes(Policies.Data("generated-like.rego")), "4.1", isMeasured: true);
}
