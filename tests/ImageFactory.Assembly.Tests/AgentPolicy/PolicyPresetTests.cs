using System.Text.RegularExpressions;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

public sealed partial class PolicyPresetTests
{
    /// <summary>Calls of the service by release, counted in the protocol files of upstream's tags.</summary>
    [Theory]
    [InlineData("3.3", 37)]
    [InlineData("3.12", 37)]
    [InlineData("3.13", 39)]
    [InlineData("3.14", 39)]
    [InlineData("3.15", 40)]
    [InlineData("3.28", 40)]
    [InlineData("3.29", 41)]
    [InlineData("3.32", 41)]
    [InlineData("4.0", 41)]
    [InlineData("4.1", 41)]
    public void A_preset_has_one_line_for_each_call_of_its_release(string kata, int calls)
    {
        CheckedPolicy policy = Policies.Preset(AgentPolicyPreset.AllowAll, kata);

        Assert.Equal(calls, DefaultLine().Count(policy.Text));
        Assert.Equal(calls, policy.Rows.Count);
    }

    /// <summary>Upstream's allow-all files: 36 rules until 3.28, 37 until 3.32, 39 from 4.0, of which three names are dead.</summary>
    [Theory]
    [InlineData("3.3", 36)]
    [InlineData("3.28", 36)]
    [InlineData("3.29", 37)]
    [InlineData("4.1", 39)]
    public void Upstreams_allow_all_names_as_many_calls_as_the_data_says(string kata, int rules)
    {
        KataRelease release = KataRelease.Parse(kata);

        int named = AgentApi.Known.Of(release).Calls.Count(call => call.IsInAllowAllOf(release));

        Assert.Equal(rules, named + AgentApi.Known.DeadNames.Count);
    }

    public static TheoryData<string, AgentPolicyPreset> EveryPresetOfEveryRelease()
    {
        TheoryData<string, AgentPolicyPreset> all = [];
        foreach (KataRelease release in AgentApi.Known.Releases)
        {
            foreach (AgentPolicyPreset preset in Enum.GetValues<AgentPolicyPreset>())
                all.Add(release.ToString(), preset);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(EveryPresetOfEveryRelease))]
    public void A_preset_says_exactly_what_it_means(string kata, AgentPolicyPreset preset)
    {
        CheckedPolicy policy = Policies.Preset(preset, kata);

        Assert.Empty(policy.Warnings);
        Assert.All(policy.Rows, row => Assert.Equal(Intended(preset, row.Call, KataRelease.Parse(kata)), row.Verdict));
    }

    [Theory]
    [MemberData(nameof(EveryPresetOfEveryRelease))]
    public void A_preset_is_read_alike_by_both_dialects(string kata, AgentPolicyPreset preset)
    {
        string[] lines = Policies.Preset(preset, kata).Text.TrimEnd('\n').Split('\n');

        Assert.All(lines, line => Assert.True(line.Length == 0 || line == "package agent_policy" || line.StartsWith("# ", StringComparison.Ordinal) || DefaultLine().IsMatch(line), line));
        Assert.EndsWith("\n", Policies.Preset(preset, kata).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_that_is_not_known_takes_the_newest_list_before_it_and_says_so()
    {
        CheckedPolicy policy = Policies.Preset(AgentPolicyPreset.Coco, "5.0");

        Assert.Equal(["IFG123"], policy.Warnings.Select(fault => fault.Code));
        Assert.Equal(41, policy.Rows.Count);
    }

    [Theory]
    [InlineData(AgentPolicyPreset.AllowAll)]
    [InlineData(AgentPolicyPreset.Coco)]
    [InlineData(AgentPolicyPreset.AllowAllExceptExec)]
    [InlineData(AgentPolicyPreset.DenyAllButSetPolicy)]
    public void The_text_of_a_preset_is_approved(AgentPolicyPreset preset)
    {
        CheckedPolicy policy = Policies.Preset(preset);

        Policies.Approved(policy.FileName, policy.Text);
    }

    [Fact]
    public void In_a_measured_image_a_preset_that_lets_itself_be_replaced_warns()
    {
        CheckedPolicy policy = Policies.Preset(AgentPolicyPreset.Coco, isMeasured: true);

        Assert.Equal(["IFG331"], policy.Warnings.Select(fault => fault.Code));
    }

    /// <summary>By hand: the five calls that no upstream allow-all names, and those that it names only since a release, are shut in coco.</summary>
    private static PolicyVerdict Intended(AgentPolicyPreset preset, string call, KataRelease release)
    {
        bool allowed = preset switch
        {
            AgentPolicyPreset.AllowAll => true,
            AgentPolicyPreset.AllowAllExceptExec => call != "ExecProcessRequest",
            AgentPolicyPreset.DenyAllButSetPolicy => call == "SetPolicyRequest",
            _ => call switch
            {
                "ExecProcessRequest" or "ReadStreamRequest" or "GetDiagnosticDataRequest" => false,
                "AddSwapPathRequest" or "GetIPTablesRequest" or "SetIPTablesRequest" or "ResizeVolumeRequest" or "VolumeStatsRequest" => false,
                "MemAgentCompactConfig" or "MemAgentMemcgConfig" => release.Major >= 4,
                _ => true,
            },
        };
        return allowed ? PolicyVerdict.Allowed : PolicyVerdict.Denied;
    }

    [GeneratedRegex("^default [A-Za-z]+ := (true|false)$", RegexOptions.Multiline)]
    private static partial Regex DefaultLine();
}
