using System.Text.Json;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>A program with a verb <c>eval</c> that answers as Open Policy Agent does: <c>opa</c> and <c>regorus</c>.</summary>
/// <param name="options">Behind <c>eval</c>.</param>
/// <param name="work">Holds <c>policy.rego</c> and <c>state.json</c>.</param>
internal sealed class EvaluatingEngine(string program, IReadOnlyList<string> options, DirectoryInfo work, IProgramRunner programs) : IPolicyEngine
{
    public string Name => Path.GetFileName(program);

    public async Task<(PolicyOutcome Outcome, string? Said)> AskAsync(string rule, string input, CancellationToken cancellation)
    {
        string file = Path.Combine(work.FullName, Path.GetRandomFileName() + ".json");
        await File.WriteAllTextAsync(file, input, cancellation).ConfigureAwait(false);
        List<string> said = [];
        ProgramResult result = await programs.RunAsync(
            new ProgramCall(program, ["eval", .. options, "--data", "policy.rego", "--data", "state.json", "--input", file, "data.agent_policy." + rule])
            {
                WorkingDirectory = work.FullName,
                Capture = true,
                Accept = [.. Enumerable.Range(0, 256)],
                OnLine = said.Add,
            },
            cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 && Read(result.Output) is { } outcome ? (outcome, null) : (PolicyOutcome.Undecided, string.Join('\n', said.Append(result.Output.Trim()).Where(l => l.Length > 0)));
    }

    /// <summary>Null for an answer of another form. No result at all is an undefined rule.</summary>
    internal static PolicyOutcome? Read(string answer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind != JsonValueKind.Object || document.RootElement.TryGetProperty("errors", out _))
                return null;
            if (!document.RootElement.TryGetProperty("result", out JsonElement results))
                return PolicyOutcome.Refused;
            if (results.ValueKind != JsonValueKind.Array)
                return null;
            if (results.GetArrayLength() == 0)
                return PolicyOutcome.Refused;
            JsonElement value = results[0].GetProperty("expressions")[0].GetProperty("value");
            if (value.ValueKind == JsonValueKind.Object)
                value = value.TryGetProperty("allowed", out JsonElement allowed) ? allowed : default;
            return value.ValueKind == JsonValueKind.True ? PolicyOutcome.Allowed : PolicyOutcome.Refused;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
