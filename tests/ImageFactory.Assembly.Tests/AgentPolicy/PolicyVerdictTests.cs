using ImageFactory.Assembly.AgentPolicy;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>Allowed and denied are said only where no request can make it otherwise.</summary>
public sealed class PolicyVerdictTests
{
    public static TheoryData<string, PolicyVerdict> Cases() => new()
    {
        { "default ExecProcessRequest := true", PolicyVerdict.Allowed },
        { "default ExecProcessRequest = true", PolicyVerdict.Allowed },
        { "ExecProcessRequest := true", PolicyVerdict.Allowed },
        { "ExecProcessRequest = true", PolicyVerdict.Allowed },
        { "ExecProcessRequest if { true }", PolicyVerdict.Allowed },
        { "ExecProcessRequest if true", PolicyVerdict.Allowed },
        { "ExecProcessRequest if { not false }", PolicyVerdict.Allowed },
        { "ExecProcessRequest if { 1 == 1; \"a\" != \"b\" }", PolicyVerdict.Allowed },
        { "default ExecProcessRequest := {\"allowed\": true, \"ops\": []}", PolicyVerdict.Allowed },
        { "ExecProcessRequest := {\"allowed\": true, \"ops\": ops} if { ops := [] }", PolicyVerdict.Conditional },
        { "ExecProcessRequest := false if { input.a } else := true", PolicyVerdict.Conditional },
        { "ExecProcessRequest := true if { input.a } else := true", PolicyVerdict.Allowed },
        { "ExecProcessRequest := true if { false } else := false", PolicyVerdict.Denied },
        { "yes := true\nExecProcessRequest := yes", PolicyVerdict.Allowed },
        { "yes := true\nExecProcessRequest if { yes }", PolicyVerdict.Allowed },
        { "c := {\"exec\": [false, true]}\nExecProcessRequest if { c.exec[1] }", PolicyVerdict.Allowed },
        { "default ExecProcessRequest := false", PolicyVerdict.Denied },
        { "ExecProcessRequest := false", PolicyVerdict.Denied },
        { "default ExecProcessRequest := {\"allowed\": false}", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nExecProcessRequest if { false }", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nExecProcessRequest := false if { input.a }", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nc := {\"exec\": false}\nExecProcessRequest if { c.exec }", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nc := {}\nExecProcessRequest if { c.exec == true }", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nExecProcessRequest if { input.a; false }", PolicyVerdict.Denied },
        { "default ExecProcessRequest := false\nExecProcessRequest if { input.a }", PolicyVerdict.Conditional },
        { "ExecProcessRequest if { input.a }", PolicyVerdict.Conditional },
        { "ExecProcessRequest := input.a", PolicyVerdict.Conditional },
        { "ExecProcessRequest if { 1 == 1.0 }", PolicyVerdict.Conditional },
        { "ExecProcessRequest if { true with input as 1 }", PolicyVerdict.Conditional },
        { "ExecProcessRequest if { print(\"x\") }", PolicyVerdict.Conditional },
        { "yes := true\nExecProcessRequest if { yes := input.a; yes }", PolicyVerdict.Conditional },
        { "yes := true\nExecProcessRequest if { some yes in input.a; yes }", PolicyVerdict.Conditional },
        { "yes := true\nyes := false if { input.a }\nExecProcessRequest if { yes }", PolicyVerdict.Conditional },
        { "default yes := true\nyes := false if { input.a }\nExecProcessRequest if { yes }", PolicyVerdict.Conditional },
        { "c := {\"exec\": input.a}\nExecProcessRequest if { c.exec }", PolicyVerdict.Conditional },
        { "c := {\"exec\": true, \"exec\": false}\nExecProcessRequest if { c.exec }", PolicyVerdict.Conditional },
        { "ExecProcessRequest if { false }", PolicyVerdict.Undefined },
        { "c := {}\nExecProcessRequest := c.exec", PolicyVerdict.Undefined },
        { "ExecProcessRequest if { data.other.x }", PolicyVerdict.Conditional },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_verdict_is_what_no_request_can_change(string rules, PolicyVerdict expected)
    {
        Assert.Equal(expected, Policies.Inspect(Policies.With(rules)).Verdict("ExecProcessRequest"));
    }

    /// <summary>The shape of the specification, evaluated there with the Open Policy Agent.</summary>
    [Fact]
    public void A_condition_shows_what_it_reads_calls_and_where_it_stands()
    {
        PolicyInspection inspection = Policies.Inspect(
            """
            package agent_policy
            import future.keywords.if
            import future.keywords.in
            import input.process as proc

            default StartContainerRequest := true
            default ReadStreamRequest := false
            default ExecProcessRequest := false

            policy_data := {"allowed_exec": [["/bin/ls"], ["/bin/cat", "/etc/os-release"]]}

            ExecProcessRequest if {
                some command in policy_data.allowed_exec
                command == input.process.Args
                allowed_user(proc.User)
            }

            allowed_user(user) if {
                startswith(user.Username, "app-")
                count(input.process.Env[_]) > data.agent_policy.least
            }

            least := 3
            """);

        PolicyRow exec = inspection.Row("ExecProcessRequest");
        Assert.Equal((PolicyVerdict.Conditional, "8, 12-16"), (exec.Verdict, exec.Lines));
        Assert.Equal(["input.process.Args", "input.process.Env[_]", "input.process.User"], exec.InputPaths);
        Assert.Equal(["count", "startswith"], exec.BuiltIns);
        Assert.Equal(PolicyVerdict.Allowed, inspection.Verdict("StartContainerRequest"));
        Assert.Equal(PolicyVerdict.Denied, inspection.Verdict("ReadStreamRequest"));
        Assert.Equal(PolicyVerdict.Undefined, inspection.Verdict("CopyFileRequest"));
        Assert.Empty(inspection.Errors());
    }
}
