using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>
/// The Open Policy Agent inside cosign 3. It evaluates <c>data.signature.allow</c> of Rego files while it verifies an attestation, and reads Rego of before version 1
/// unless a file imports <c>rego.v1</c>.
/// </summary>
/// <param name="work">Holds <c>policy.rego</c> and <c>state.rego</c>, and an <see cref="AttestedLayout"/>.</param>
internal sealed class CosignEngine(string program, DirectoryInfo work, IProgramRunner programs) : IPolicyEngine
{
    public string Name => "cosign";

    /// <summary>Whether this cosign evaluates Rego at all: before 3.0 it did not.</summary>
    public async Task<bool> ServesAsync(CancellationToken cancellation) =>
        (await EvaluateAsync("allow { true }", [], cancellation).ConfigureAwait(false)).Outcome == PolicyOutcome.Allowed;

    public Task<(PolicyOutcome Outcome, string? Said)> AskAsync(string rule, string input, CancellationToken cancellation) => EvaluateAsync(
        $$"""
        allow {
            decision := data.agent_policy.{{rule}} with input as {{input}}
            is_allowed(decision)
        }

        is_allowed(decision) { decision == true }

        is_allowed(decision) { decision.allowed == true }
        """,
        ["policy.rego", "state.rego"],
        cancellation);

    private async Task<(PolicyOutcome Outcome, string? Said)> EvaluateAsync(string question, IReadOnlyList<string> modules, CancellationToken cancellation)
    {
        string file = Path.GetRandomFileName() + ".rego";
        await File.WriteAllTextAsync(Path.Combine(work.FullName, file), $"package signature\n\n{question}\n", cancellation).ConfigureAwait(false);
        List<string> said = [];
        ProgramResult result = await programs.RunAsync(
            new ProgramCall(
                program,
                [
                    "verify-attestation", "--local-image", "--key", AttestedLayout.KeyFile, "--insecure-ignore-tlog", "--type", AttestedLayout.PredicateType,
                    .. modules.Append(file).SelectMany(m => new[] { "--policy", m }), AttestedLayout.Folder,
                ])
            {
                WorkingDirectory = work.FullName,
                Environment = new Dictionary<string, string> { ["HOME"] = work.FullName },
                Accept = [.. Enumerable.Range(0, 256)],
                OnLine = said.Add,
            },
            cancellation).ConfigureAwait(false);
        if (result.ExitCode == 0)
            return (PolicyOutcome.Allowed, null);
        string text = string.Join('\n', said);
        return text.Contains("result is undefined", StringComparison.Ordinal) ? (PolicyOutcome.Refused, null) : (PolicyOutcome.Undecided, text);
    }
}
