using ImageFactory.Assembly.AgentPolicy;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>Allowed and denied are said only where no request can make it otherwise.</summary>
public sealed class PolicyVerdictTests
{
    [Theory]
    [InlineData("default ExecProcessRequest := true", PolicyVerdict.Allowed)]
    [InlineData("default ExecProcessRequest = true", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest := true", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest = true", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest if { true }", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest if true", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest if { not false }", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest if { 1 == 1; \"a\" != \"b\" }", PolicyVerdict.Allowed)]
    [InlineData("default ExecProcessRequest := {\"allowed\": true, \"ops\": []}", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest := {\"allowed\": true, \"ops\": ops} if { ops := [] }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest := false if { input.a } else := true", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest := true if { input.a } else := true", PolicyVerdict.Allowed)]
    [InlineData("ExecProcessRequest := true if { false } else := false", PolicyVerdict.Denied)]
    [InlineData("yes := true\nExecProcessRequest := yes", PolicyVerdict.Allowed)]
    [InlineData("yes := true\nExecProcessRequest if { yes }", PolicyVerdict.Allowed)]
    [InlineData("c := {\"exec\": [false, true]}\nExecProcessRequest if { c.exec[1] }", PolicyVerdict.Allowed)]
    [InlineData("default ExecProcessRequest := false", PolicyVerdict.Denied)]
    [InlineData("ExecProcessRequest := false", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := {\"allowed\": false}", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nExecProcessRequest if { false }", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nExecProcessRequest := false if { input.a }", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nc := {\"exec\": false}\nExecProcessRequest if { c.exec }", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nc := {}\nExecProcessRequest if { c.exec == true }", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nExecProcessRequest if { input.a; false }", PolicyVerdict.Denied)]
    [InlineData("default ExecProcessRequest := false\nExecProcessRequest if { input.a }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest if { input.a }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest := input.a", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest if { 1 == 1.0 }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest if { true with input as 1 }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest if { print(\"x\") }", PolicyVerdict.Conditional)]
    [InlineData("yes := true\nExecProcessRequest if { yes := input.a; yes }", PolicyVerdict.Conditional)]
    [InlineData("yes := true\nExecProcessRequest if { some yes in input.a; yes }", PolicyVerdict.Conditional)]
    [InlineData("yes := true\nyes := false if { input.a }\nExecProcessRequest if { yes }", PolicyVerdict.Conditional)]
    [InlineData("default yes := true\nyes := false if { input.a }\nExecProcessRequest if { yes }", PolicyVerdict.Conditional)]
    [InlineData("c := {\"exec\": input.a}\nExecProcessRequest if { c.exec }", PolicyVerdict.Conditional)]
    [InlineData("c := {\"exec\": true, \"exec\": false}\nExecProcessRequest if { c.exec }", PolicyVerdict.Conditional)]
    [InlineData("ExecProcessRequest if { false }", PolicyVerdict.Undefined)]
    [InlineData("c := {}\nExecProcessRequest := c.exec", PolicyVerdict.Undefined)]
    [InlineData("ExecProcessRequest if { data.other.x }", PolicyVerdict.Conditional)]
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
