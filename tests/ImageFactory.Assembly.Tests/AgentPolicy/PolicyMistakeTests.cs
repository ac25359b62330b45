using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>The mistakes that people make with agent policies; each test says what comes of it.</summary>
public sealed class PolicyMistakeTests
{
    [Theory]
    [InlineData("package policy\ndefault ExecProcessRequest := false\n")]
    [InlineData("default ExecProcessRequest := false\n")]
    [InlineData("package agent_policy.rules\ndefault ExecProcessRequest := false\n")]
    public void Another_package_makes_every_call_undefined(string text)
    {
        PolicyInspection inspection = Policies.Inspect(text + "AllowRequestsFailingPolicy := true\n");

        Assert.Contains("IFG301", inspection.Errors());
        Assert.All(inspection.Rows, row => Assert.Equal(PolicyVerdict.Undefined, row.Verdict));
    }

    [Theory]
    [InlineData("ExecProcesRequest", "ExecProcessRequest")]
    [InlineData("execProcessRequest", "ExecProcessRequest")]
    [InlineData("ReadStdoutRequest", "ReadStreamRequest")]
    [InlineData("ReadStdout", "ReadStreamRequest")]
    [InlineData("WriteStdinRequest", "WriteStreamRequest")]
    [InlineData("CreateContainer", "CreateContainerRequest")]
    [InlineData("GetGuestDetailsRequest", "GuestDetailsRequest")]
    [InlineData("MemAgentMemcgSet", "MemAgentMemcgConfig")]
    [InlineData("AllowRequestFailingPolicy", "AllowRequestsFailingPolicy")]
    public void A_misspelt_call_or_the_name_of_the_rpc_is_an_error_that_names_the_call(string name, string meant)
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With($"default {name} := false"));

        Fault fault = Assert.Single(inspection.Faults, fault => fault.Code == "IFG303");
        Assert.Contains($"'{meant}'", fault.Hint, StringComparison.Ordinal);
        Assert.Equal(PolicyVerdict.Unknown, inspection.Verdict(name));
    }

    [Theory]
    [InlineData("allow_exec if { input.process.Args[0] == \"ls\" }")]
    [InlineData("CreateContainerRequestAllowed(x) := true if { x }")]
    [InlineData("S_NAME_KEY := \"io.kubernetes.cri.sandbox-name\"")]
    [InlineData("containers := []")]
    public void A_rule_that_only_serves_others_is_no_misspelt_call(string rule)
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With(rule));

        Assert.Empty(inspection.Errors());
        Assert.DoesNotContain(inspection.Rows, row => row.Verdict == PolicyVerdict.Unknown);
    }

    [Fact]
    public void A_call_of_a_later_release_is_never_asked()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default GetDiagnosticDataRequest := true", "3.20"), "3.20");

        Assert.Contains("IFG304", inspection.Codes());
        Assert.Empty(inspection.Errors());
        Assert.Equal(PolicyVerdict.Unknown, inspection.Verdict("GetDiagnosticDataRequest"));
    }

    /// <summary>The 36 rules of upstream's allow-all up to 3.28, as the Job's contract lists them.</summary>
    [Fact]
    public void An_old_allow_all_lacks_the_calls_that_came_later()
    {
        string[] names =
        [
            "AddARPNeighborsRequest", "AddSwapRequest", "CloseStdinRequest", "CopyFileRequest", "CreateContainerRequest", "CreateSandboxRequest",
            "DestroySandboxRequest", "ExecProcessRequest", "GetMetricsRequest", "GetOOMEventRequest", "GuestDetailsRequest", "ListInterfacesRequest",
            "ListRoutesRequest", "MemHotplugByProbeRequest", "OnlineCPUMemRequest", "PauseContainerRequest", "PullImageRequest", "ReadStreamRequest",
            "RemoveContainerRequest", "RemoveStaleVirtiofsShareMountsRequest", "ReseedRandomDevRequest", "ResumeContainerRequest",
            "SetGuestDateTimeRequest", "SetPolicyRequest", "SignalProcessRequest", "StartContainerRequest", "StartTracingRequest",
            "StatsContainerRequest", "StopTracingRequest", "TtyWinResizeRequest", "UpdateContainerRequest", "UpdateEphemeralMountsRequest",
            "UpdateInterfaceRequest", "UpdateRoutesRequest", "WaitProcessRequest", "WriteStreamRequest",
        ];
        string text = "package agent_policy\n\n" + string.Concat(names.Select(name => $"default {name} := true\n"));

        PolicyInspection old = Policies.Inspect(text, "3.12");
        PolicyInspection fresh = Policies.Inspect(text, "4.1");

        Assert.Equal(["GetIPTablesRequest", "ResizeVolumeRequest", "SetIPTablesRequest", "VolumeStatsRequest"], Undefined(old));
        Assert.Equal(
            [
                "AddSwapPathRequest", "GetDiagnosticDataRequest", "GetIPTablesRequest", "MemAgentCompactConfig", "MemAgentMemcgConfig",
                "ResizeVolumeRequest", "SetIPTablesRequest", "VolumeStatsRequest",
            ],
            Undefined(fresh));
        Fault missing = Assert.Single(fresh.Faults, fault => fault.Code == "IFG305");
        Assert.Contains("GetDiagnosticDataRequest (since 3.29)", missing.Message, StringComparison.Ordinal);
        Assert.Equal(["PullImageRequest", "StartTracingRequest", "StopTracingRequest"], fresh.Rows.Where(row => row.Verdict == PolicyVerdict.Dead).Select(row => row.Call));
        Assert.Contains("IFG306", fresh.Codes());
        Assert.Empty(fresh.Errors());

        static IEnumerable<string> Undefined(PolicyInspection inspection) => inspection.Rows.Where(row => row.Verdict == PolicyVerdict.Undefined).Select(row => row.Call);
    }

    [Fact]
    public void A_policy_without_any_call_refuses_everything()
    {
        Assert.Equal(["IFG302"], Policies.Inspect("package agent_policy\n").Errors());
    }

    [Theory]
    [InlineData("ExecProcessRequest { input.process.Args[0] == \"ls\" }")]
    [InlineData("ExecProcessRequest = true { input.process.Args[0] == \"ls\" }")]
    [InlineData("ExecProcessRequest = true { input.x } else = false { input.y }")]
    public void A_body_without_if_ends_new_agents_at_start_and_is_right_for_old_ones(string rule)
    {
        Assert.Equal("IFG311", Policies.Inspect(Policies.With(rule), "4.1").Errors()[0]);
        Assert.Equal("IFG311", Policies.Inspect(Policies.With(rule, "3.30"), "3.30").Errors()[0]);
        Assert.Empty(Policies.Inspect(Policies.With(rule, "3.29"), "3.29").Errors());
    }

    [Theory]
    [InlineData("", new[] { "IFG312", "IFG312", "IFG312" })]
    [InlineData("import future.keywords.if", new[] { "IFG312", "IFG312" })]
    [InlineData("import future.keywords.if\nimport future.keywords.every", new string[0])]
    [InlineData("import future.keywords", new string[0])]
    [InlineData("import rego.v1", new string[0])]
    public void Keywords_without_import_are_errors_for_old_agents_only(string imports, string[] expected)
    {
        const string Rule = "ExecProcessRequest if { every a in input.process.Args { a in [\"ls\"] } }";

        Assert.Equal(expected, Policies.Inspect(Policies.With(Rule, "3.29", imports), "3.29").Errors());
        Assert.Empty(Policies.Inspect(Policies.With(Rule, "4.1", imports), "4.1").Errors());
    }

    [Theory]
    [InlineData("f(input) := input")]
    [InlineData("f(x) := data if { data := x }")]
    [InlineData("f(x) := x if { some input; x == input }")]
    [InlineData("data := 1")]
    public void Hiding_input_or_data_ends_new_agents_at_start(string rule)
    {
        Assert.Equal(["IFG313"], Policies.Inspect(Policies.With(rule), "4.1").Errors());
        Assert.Empty(Policies.Inspect(Policies.With(rule, "3.29", "import future.keywords"), "3.29").Errors());
    }

    [Theory]
    [InlineData("import future.keywords.if\nimport future.keywords.if")]
    [InlineData("import rego.v1\nimport future.keywords.if")]
    [InlineData("import data.a\nimport data.a")]
    public void An_import_that_repeats_ends_new_agents_at_start(string imports)
    {
        Assert.Equal(["IFG314"], Policies.Inspect(Policies.With("", imports: imports)).Errors());
    }

    [Fact]
    public void A_head_alone_says_nothing()
    {
        Assert.Equal(["IFG315"], Policies.Inspect(Policies.With("ExecProcessRequest\n")).Errors());
    }

    [Theory]
    [InlineData("default ExecProcessRequest := true\nExecProcessRequest if { input.process.Args[0] == \"ls\" }")]
    [InlineData("default ExecProcessRequest := true\nExecProcessRequest if { false }")]
    public void A_default_of_true_makes_a_rule_useless(string rules)
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With(rules));

        Assert.Contains("IFG321", inspection.Codes());
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("ExecProcessRequest"));
    }

    [Fact]
    public void A_rule_that_changes_the_state_is_not_useless_beside_a_default_of_true()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default RemoveContainerRequest := true\nRemoveContainerRequest := {\"allowed\": true, \"ops\": o} if { o := [input.a] }"));

        Assert.DoesNotContain("IFG321", inspection.Codes());
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("RemoveContainerRequest"));
    }

    [Fact]
    public void A_default_of_true_with_a_rule_that_forbids_is_conditional()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default ExecProcessRequest := true\nExecProcessRequest := false if { input.process.Args[0] == \"rm\" }"));

        Assert.DoesNotContain("IFG321", inspection.Codes());
        Assert.Equal(PolicyVerdict.Conditional, inspection.Verdict("ExecProcessRequest"));
    }

    [Theory]
    [InlineData("ExecProcessRequest := false\nExecProcessRequest if { input.process.Args[0] == \"ls\" }")]
    [InlineData("ExecProcessRequest if { input.process.Args[0] == \"ls\" }\nExecProcessRequest = false")]
    [InlineData("ExecProcessRequest := false\nExecProcessRequest := true")]
    [InlineData("ExecProcessRequest := true\nExecProcessRequest := {\"allowed\": false} if { input.x }")]
    public void Two_values_that_can_hold_at_once_are_an_error(string rules)
    {
        Assert.Equal(["IFG322"], Policies.Inspect(Policies.With(rules)).Errors());
    }

    [Theory]
    [InlineData("default ExecProcessRequest := \"true\"")]
    [InlineData("ExecProcessRequest := 1")]
    [InlineData("ExecProcessRequest := {\"ops\": []} if { input.x }")]
    [InlineData("ExecProcessRequest := {\"allowed\": \"yes\", \"ops\": []}")]
    [InlineData("ExecProcessRequest := {true} if { input.x }")]
    [InlineData("ExecProcessRequest := [x | x := input.x]")]
    public void A_value_that_the_agent_cannot_use_is_an_error(string rule)
    {
        Assert.Contains("IFG323", Policies.Inspect(Policies.With(rule)).Errors());
    }

    [Theory]
    [InlineData("ExecProcessRequest contains \"ls\" if { input.x }")]
    [InlineData("ExecProcessRequest[\"allowed\"] := true")]
    [InlineData("ExecProcessRequest.allowed := true")]
    [InlineData("ExecProcessRequest(x) if { x }")]
    public void A_call_needs_one_value_under_its_name(string rule)
    {
        Assert.Equal(["IFG324"], Policies.Inspect(Policies.With(rule)).Errors());
    }

    [Fact]
    public void Two_defaults_are_an_error()
    {
        Assert.Equal(["IFG307"], Policies.Inspect(Policies.With("default ExecProcessRequest := false\ndefault ExecProcessRequest := false")).Errors());
    }

    [Fact]
    public void The_same_rule_twice_is_pointed_out()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("ExecProcessRequest if { input.x }\nExecProcessRequest  if{input.x} # again"));

        Assert.Contains("IFG308", inspection.Codes());
        Assert.Empty(inspection.Errors());
    }

    [Fact]
    public void Calls_that_give_the_host_power_warn_one_by_one()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With(""));

        Assert.Equal(
            ["CopyFileRequest", "CreateContainerRequest", "ExecProcessRequest", "GetDiagnosticDataRequest", "ReadStreamRequest", "SetPolicyRequest", "WriteStreamRequest"],
            inspection.Faults.Select(fault => fault.Message.Split(' ')[0]));
        Assert.Equal(["IFG331", "IFG332", "IFG332", "IFG332", "IFG332", "IFG332", "IFG333"], inspection.Codes().Order());
        Assert.All(inspection.Faults, fault => Assert.Equal(Severity.Warning, fault.Severity));
    }

    [Fact]
    public void A_policy_that_can_be_replaced_is_graver_in_a_measured_image()
    {
        string Message(bool isMeasured) =>
            Assert.Single(Policies.Inspect(Policies.With(""), isMeasured: isMeasured).Faults, fault => fault.Code == "IFG331").Message;

        Assert.DoesNotContain("attested", Message(false), StringComparison.Ordinal);
        Assert.Contains("attested", Message(true), StringComparison.Ordinal);
    }

    [Fact]
    public void The_line_that_turns_the_policy_off_comes_first_and_the_table_says_what_really_happens()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default ExecProcessRequest := false\ndefault AllowRequestsFailingPolicy := true"));

        Assert.Equal("IFG334", inspection.Codes()[0]);
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("ExecProcessRequest"));
        Assert.Equal("policy failures ignored", inspection.Row("ExecProcessRequest").Note);
    }

    [Fact]
    public void An_evaluation_error_fails_even_when_the_policy_is_off()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default ExecProcessRequest := \"no\"\nAllowRequestsFailingPolicy := true"));

        Assert.Equal(PolicyVerdict.Denied, inspection.Verdict("ExecProcessRequest"));
    }

    [Fact]
    public void A_missing_rule_is_allowed_too_when_the_policy_is_off()
    {
        PolicyInspection inspection = Policies.Inspect("package agent_policy\ndefault SetPolicyRequest := false\nAllowRequestsFailingPolicy := true\n");

        Assert.All(inspection.Rows, row => Assert.Equal(PolicyVerdict.Allowed, row.Verdict));
    }

    [Fact]
    public void A_policy_that_may_turn_itself_off_is_never_shown_as_denying()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default ExecProcessRequest := false\nAllowRequestsFailingPolicy if { input.debug }"));

        Assert.Equal("IFG334", inspection.Codes()[0]);
        Assert.Equal(PolicyVerdict.Conditional, inspection.Verdict("ExecProcessRequest"));
    }

    [Fact]
    public void Denying_the_pseudo_rule_is_what_everybody_should_do()
    {
        Assert.DoesNotContain("IFG334", Policies.Inspect(Policies.With("default AllowRequestsFailingPolicy := false")).Codes());
    }

    [Theory]
    [InlineData("ExecProcessRequest if { regex.match(\"ls\", input.a) }", 1)]
    [InlineData("ExecProcessRequest if { regex.match(`^ls$`, input.a) }", 0)]
    [InlineData("ExecProcessRequest if { regex.match(\"^a|b$\", input.a) }", 2)]
    [InlineData("ExecProcessRequest if { regex.match(\"^(a|b)$\", input.a) }", 0)]
    [InlineData("ExecProcessRequest if { regex.match(\"^[|]\\\\|$\", input.a) }", 0)]
    [InlineData("ExecProcessRequest if { regex.match(\"^ls\\\\$\", input.a) }", 1)]
    [InlineData("p := [\"^a$\", \"b\", \"c\"]\nExecProcessRequest if { regex.match(p[_], input.a) }", 2)]
    [InlineData("p := {\"q\": [\"^a$\", \"b\"]}\nExecProcessRequest if { some r in p.q; regex.match(r, input.a) }", 1)]
    [InlineData("p := {\"q\": \"a\"}\nExecProcessRequest if { regex.match(p.q, input.a) }", 1)]
    [InlineData("ExecProcessRequest if { regex.match(input.pattern, input.a) }", 0)]
    public void Patterns_that_match_anywhere_are_pointed_out_where_they_are_written(string rules, int atLeast)
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With(rules));

        Assert.Equal(atLeast > 0, inspection.Codes().Contains("IFG335"));
        Assert.True(inspection.Codes().Count(code => code == "IFG335") <= Math.Max(atLeast, 1));
        Assert.Empty(inspection.Errors());
    }

    [Theory]
    [InlineData("glob.match(\"a*\", [], input.a)")]
    [InlineData("net.cidr_contains(\"10.0.0.0/8\", input.a)")]
    [InlineData("time.now_ns() > 1")]
    [InlineData("crypto.sha256(input.a) == \"\"")]
    [InlineData("io.jwt.decode(input.a)")]
    [InlineData("json.patch(input.a, [])")]
    [InlineData("re_match(\"^a$\", input.a)")]
    public void Functions_that_the_agents_engine_lacks_are_errors(string condition)
    {
        Assert.Equal(["IFG341"], Policies.Inspect(Policies.With($"ExecProcessRequest if {{ {condition} }}")).Errors());
    }

    [Theory]
    [InlineData("startwith(input.a, \"x\")", "'startswith'")]
    [InlineData("allowed_comand(input.a)", "'allowed_command'")]
    [InlineData("no.such.thing(1)", "define it")]
    public void A_function_that_nobody_has_is_an_error_that_names_the_nearest(string condition, string hint)
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With($"allowed_command(x) if {{ x == \"ls\" }}\nExecProcessRequest if {{ {condition} }}"));

        Fault fault = Assert.Single(inspection.Faults, fault => fault.Code == "IFG342");
        Assert.Contains(hint, fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_line_is_a_note_and_one_beyond_the_engines_limit_an_error()
    {
        static string Line(int columns) => Policies.With("# " + new string('x', columns - 2));

        Assert.Empty(Policies.Inspect(Line(1024)).Notes);
        Assert.Single(Policies.Inspect(Line(1025)).Notes);
        Assert.Empty(Policies.Inspect(Line(65_536)).Errors());
        Assert.Equal(["IFG111"], Policies.Inspect(Line(65_537)).Errors());
        Assert.Empty(Policies.Inspect(Line(65_537), "3.29").Errors());
    }

    [Fact]
    public void More_lines_than_the_engine_takes_are_an_error()
    {
        string text = Policies.With(new string('\n', 200_000));

        Assert.Equal(["IFG110"], Policies.Inspect(text).Errors());
        Assert.Empty(Policies.Inspect(text, "3.29").Errors());
    }

    [Fact]
    public void Sixteen_mebibytes_are_the_end()
    {
        byte[] large = Encoding.UTF8.GetBytes(Policies.With("#" + new string('x', 1 << 24)));

        Assert.Equal(["IFG109"], PolicyInspector.Inspect("policy.rego", large, "4.1", false).Codes());
    }
}
