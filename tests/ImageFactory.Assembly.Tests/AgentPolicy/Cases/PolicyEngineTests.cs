using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Assembly.AgentPolicy.Rendering;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Tests.AgentPolicy.Cases;

/// <summary>Cases decided by cosign's engine, and by stand-ins that answer as the documentation of opa and regorus says.</summary>
public sealed class PolicyEngineTests : IDisposable
{
    /// <summary>Of the document about agent policies: exec only for two commands; logs refused; and a rule in the form that genpolicy makes.</summary>
    private const string Body = """

        default StartContainerRequest := true
        default ReadStreamRequest := false
        default ExecProcessRequest := false
        default CreateContainerRequest := {"ops": [], "allowed": false}

        policy_data := {"allowed_exec": [["/bin/ls"], ["/bin/cat", "/etc/os-release"]]}

        ExecProcessRequest if {
            some command in policy_data.allowed_exec
            command == input.process.Args
        }

        CreateContainerRequest := {"ops": [], "allowed": true} if {
            data["pstate"] == {}
            input.container_id == "one"
        }

        """;

    private static readonly (string Request, string Input, PolicyOutcome Outcome)[] Expected =
    [
        ("StartContainerRequest", "{}", PolicyOutcome.Allowed),
        ("ReadStreamRequest", "{}", PolicyOutcome.Refused),
        ("ExecProcessRequest", """{"process":{"Args":["/bin/cat","/etc/os-release"]}}""", PolicyOutcome.Allowed),
        ("ExecProcessRequest", """{"process":{"Args":["/bin/cat"]}}""", PolicyOutcome.Refused),
        ("ExecProcessRequest", "{}", PolicyOutcome.Refused),
        ("CreateContainerRequest", """{"container_id":"one"}""", PolicyOutcome.Allowed),
        ("CreateContainerRequest", """{"container_id":"\u0022two\u0022 }"}""", PolicyOutcome.Refused),
        ("SetPolicyRequest", "{}", PolicyOutcome.Refused),
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("policy-engine-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [Trait("needs", "cosign")]
    [InlineData("4.1", "package agent_policy\n")]
    [InlineData("4.1", "package agent_policy # of ours\nimport future.keywords.in\n")]
    [InlineData("4.1", "# ours\npackage agent_policy\nimport rego.v1\n")]
    [InlineData("3.15", "package agent_policy\nimport future.keywords.if\nimport future.keywords.in\n")]
    public async Task Cosign_decides_as_the_agent_would(string kata, string head)
    {
        PolicyTestResult result = await RunAsync([Path.GetDirectoryName(Tool.Need("cosign"))!], kata, head + Body);

        Assert.Equal("cosign", result.Engine);
        Assert.All(result.Cases.Zip(Expected), pair => Assert.Equal(pair.Second, (pair.First.Case.Request, pair.First.Case.Input, pair.First.Outcome)));
    }

    [Fact]
    [Trait("needs", "cosign")]
    public async Task A_policy_that_lets_refused_requests_pass_lets_all_of_them_pass()
    {
        PolicyTestResult result = await RunAsync([Path.GetDirectoryName(Tool.Need("cosign"))!], "4.1", "package agent_policy\ndefault AllowRequestsFailingPolicy := true\n" + Body);

        Assert.All(result.Cases, c => Assert.Equal(PolicyOutcome.Allowed, c.Outcome));
        Assert.Equal(5, result.Failed);
        Assert.Contains("3 passed, 5 failed", PolicyTestTable.Of(result), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "cosign")]
    public async Task What_the_engine_cannot_evaluate_is_told_in_its_words()
    {
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => RunAsync([Path.GetDirectoryName(Tool.Need("cosign"))!], "4.1", "package agent_policy\ndefault ExecProcessRequest := no_such_function(1)\n"));

        Fault fault = Assert.Single(refused.Faults);
        Assert.Equal("IFG422", fault.Code);
        Assert.Contains("no_such_function", fault.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("opa", "4.1", "1.4.2", "eval --format json --data policy.rego")]
    [InlineData("opa", "3.15", "1.4.2", "eval --format json --v0-compatible --data policy.rego")]
    [InlineData("opa", "3.15", "0.68.0", "eval --format json --data policy.rego")]
    [InlineData("regorus", "4.1", "", "eval --data policy.rego")]
    [InlineData("regorus", "3.15", "", "eval --v0 --data policy.rego")]
    public async Task A_program_that_evaluates_is_asked_in_its_own_words(string program, string kata, string version, string call)
    {
        // Allows what has "one" in its input, and has no other rule than two.
        Program(program, $$"""
            [ "$1" = version ] && { echo "Version: {{version}}"; exit; }
            echo "$*" >>'{{folder.FullName}}/calls'
            grep -q allowed_exec policy.rego && grep -q pstate state.json || exit 3
            for word; do [ "$file" = next ] && file=$word; [ "$word" = --input ] && file=next; done
            case $word in
                data.agent_policy.CreateContainerRequest)
                    if grep -q one "$file"; then a=true; else a=false; fi
                    echo '{"result":[{"expressions":[{"value":{"allowed":'$a',"ops":[]},"text":"x"}]}]}' ;;
                data.agent_policy.StartContainerRequest) echo '{"result":[{"expressions":[{"value":true,"text":"x"}]}]}' ;;
                data.agent_policy.ExecProcessRequest) echo 'policy.rego:3: eval_conflict_error' >&2; echo '{"errors":[{"message":"eval_conflict_error"}]}'; exit 2 ;;
                *) echo '{}' ;;
            esac
            """);

        PolicyTestResult result = await RunAsync([folder.FullName], kata, "package agent_policy\nimport future.keywords.if\nimport future.keywords.in\n" + Body);

        Assert.Equal(program, result.Engine);
        Assert.Equal(
            [PolicyOutcome.Allowed, PolicyOutcome.Refused, PolicyOutcome.Undecided, PolicyOutcome.Undecided, PolicyOutcome.Undecided, PolicyOutcome.Allowed, PolicyOutcome.Refused, PolicyOutcome.Refused],
            result.Cases.Select(c => c.Outcome));
        Assert.Contains("eval_conflict_error", result.Cases[2].Said, StringComparison.Ordinal);
        Assert.All(await File.ReadAllLinesAsync(Path.Combine(folder.FullName, "calls"), TestContext.Current.CancellationToken), line => Assert.StartsWith(call, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_engine_it_is_said_what_to_install()
    {
        FactoryException none = await Assert.ThrowsAsync<FactoryException>(() => RunAsync([folder.FullName], "4.1", "package agent_policy\n" + Body));

        Assert.Equal(("IFG421", ExitCode.Unavailable), (none.Faults[0].Code, none.Faults[0].ExitCode));
        Assert.Contains("cosign", none.Faults[0].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cosign_that_reads_no_Rego_is_named()
    {
        Program("cosign", "echo 'invalid policy format, expected .cue' >&2; exit 1");

        FactoryException none = await Assert.ThrowsAsync<FactoryException>(() => RunAsync([folder.FullName], "4.1", "package agent_policy\n" + Body));

        Assert.Equal("IFG421", none.Faults[0].Code);
        Assert.Contains(folder.FullName, none.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"result":[{"expressions":[{"value":true}]}]}""", PolicyOutcome.Allowed)]
    [InlineData("""{"result":[{"expressions":[{"value":{"allowed":true}}]}]}""", PolicyOutcome.Allowed)]
    [InlineData("""{"result":[{"expressions":[{"value":false}]}]}""", PolicyOutcome.Refused)]
    [InlineData("""{"result":[{"expressions":[{"value":{"ops":[]}}]}]}""", PolicyOutcome.Refused)]
    [InlineData("""{"result":[{"expressions":[{"value":"true"}]}]}""", PolicyOutcome.Refused)]
    [InlineData("""{"result":[{"expressions":[{"value":1}]}]}""", PolicyOutcome.Refused)]
    [InlineData("{}", PolicyOutcome.Refused)]
    [InlineData("""{"result":[]}""", PolicyOutcome.Refused)]
    [InlineData("""{"errors":[]}""", null)]
    [InlineData("""{"result":[{}]}""", null)]
    [InlineData("""{"result":true}""", null)]
    [InlineData("[]", null)]
    [InlineData("true", null)]
    [InlineData("", null)]
    public void Only_true_is_an_allowance(string answer, object? outcome) => Assert.Equal(outcome, EvaluatingEngine.Read(answer));

    [Fact]
    public void No_damaged_answer_is_an_allowance_of_what_was_refused()
    {
        Random random = new(8);
        const string Answer = """{"result":[{"expressions":[{"value":{"allowed":false,"ops":[]},"text":"data.agent_policy.X"}]}]}""";
        for (int i = 0; i < 20_000; i++)
        {
            char[] damaged = Answer.ToCharArray();
            for (int n = random.Next(1, 4); n > 0; n--)
                damaged[random.Next(damaged.Length)] = "{}[]\",:tfn1\\ "[random.Next(13)];

            Assert.NotEqual(PolicyOutcome.Allowed, EvaluatingEngine.Read(new string(damaged)));
        }
    }

    private static async Task<PolicyTestResult> RunAsync(IReadOnlyList<string> path, string kata, string policy)
    {
        byte[] content = Encoding.UTF8.GetBytes(policy);
        PolicyInspection inspection = PolicyInspector.Inspect("policy.rego", content, kata, isMeasured: true);
        ProgramRunner programs = new(ProgramEnvironment.From(new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }), new Silence(), TimeProvider.System);
        PolicyCase[] cases = [.. Expected.Select((e, i) => new PolicyCase($"case {i}", e.Request, e.Input, e.Outcome == PolicyOutcome.Allowed, $"c.json:{i}"))];
        return await new PolicyTests(programs, path).RunAsync(inspection, content, cases, TestContext.Current.CancellationToken);
    }

    private void Program(string name, string body)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
