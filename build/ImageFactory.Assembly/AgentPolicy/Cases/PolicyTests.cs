using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>Evaluates cases of a policy with a program of this machine that understands Rego.</summary>
/// <param name="programs">Starts it.</param>
/// <param name="path">Folders where it is looked for.</param>
public sealed class PolicyTests(IProgramRunner programs, IReadOnlyList<string> path)
{
    /// <summary>Each case is a process; more at once do not end sooner.</summary>
    private const int AtOnce = 4;

    private const string EmptyState = "pstate";

    /// <summary>Reads the cases of a file, or of all files *.json of a folder.</summary>
    /// <param name="fullPath">Where it is.</param>
    /// <param name="shown">How faults name it.</param>
    /// <param name="kata">The release whose calls there are.</param>
    /// <exception cref="FactoryException">All that is wrong with the cases.</exception>
    public static IReadOnlyList<PolicyCase> ReadCases(string fullPath, string shown, KataRelease kata)
    {
        AgentApiRelease api = AgentApi.Known.Of(kata);
        List<Fault> faults = [];
        List<PolicyCase> cases = [];
        try
        {
            IEnumerable<string> files = Directory.Exists(fullPath) ? Directory.EnumerateFiles(fullPath, "*.json").Order(StringComparer.Ordinal) : [fullPath];
            foreach (string file in files)
                cases.AddRange(CaseReader.Read(file == fullPath ? shown : Path.Combine(shown, Path.GetFileName(file)), File.ReadAllBytes(file), api, faults));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(CaseFaults.Unreadable(shown, e.Message), e);
        }

        if (cases.Count == 0 && faults.Count == 0)
            faults.Add(CaseFaults.None(shown));
        FactoryException.ThrowIfAny(faults);
        return cases;
    }

    /// <param name="policy">What our own reader makes of it; without errors.</param>
    /// <param name="content">Its text.</param>
    /// <param name="cases">At least one.</param>
    /// <exception cref="FactoryException">No engine is there, or it cannot take the policy.</exception>
    public async Task<PolicyTestResult> RunAsync(PolicyInspection policy, ReadOnlyMemory<byte> content, IReadOnlyList<PolicyCase> cases, CancellationToken cancellation)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("imagefactory-policy-");
        try
        {
            bool isRegoV1 = AgentApi.Known.Of(policy.Kata).IsRegoV1;
            string text = Encoding.UTF8.GetString(content.Span);
            await File.WriteAllTextAsync(Path.Combine(work.FullName, "policy.rego"), isRegoV1 ? EngineText.ForRegoV1(text) : text, cancellation).ConfigureAwait(false);
            IPolicyEngine engine = await FindAsync(work, isRegoV1, cancellation).ConfigureAwait(false);

            // The agent asks this once, after it has loaded the policy: whether a refusal counts at all.
            (PolicyOutcome lenient, string? complaint) = await engine.AskAsync(AgentApi.PseudoRule, "{}", cancellation).ConfigureAwait(false);
            if (lenient == PolicyOutcome.Undecided)
                throw new FactoryException(CaseFaults.Refused(policy.Name, engine.Name, complaint!));

            PolicyCaseResult[] results = new PolicyCaseResult[cases.Count];
            await Parallel.ForAsync(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (i, token) =>
            {
                (PolicyOutcome outcome, string? said) = await engine.AskAsync(cases[i].Request, cases[i].Input, token).ConfigureAwait(false);
                results[i] = new PolicyCaseResult(cases[i], outcome == PolicyOutcome.Refused ? lenient : outcome, said);
            }).ConfigureAwait(false);
            return new PolicyTestResult(policy, engine.Name, results);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task<IPolicyEngine> FindAsync(DirectoryInfo work, bool isRegoV1, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(Path.Combine(work.FullName, "state.json"), $$"""{ "{{EmptyState}}": {} }""", cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(work.FullName, "state.rego"), $"package {EmptyState}\n", cancellation).ConfigureAwait(false);
        List<string> looked = [];
        if (Find("opa") is { } opa)
            return new EvaluatingEngine(opa, ["--format", "json", .. isRegoV1 || !await IsOpa1Async(opa, cancellation).ConfigureAwait(false) ? Array.Empty<string>() : ["--v0-compatible"]], work, programs);
        if (Find("regorus") is { } regorus)
            return new EvaluatingEngine(regorus, isRegoV1 ? [] : ["--v0"], work, programs);
        if (Find("cosign") is { } cosign)
        {
            AttestedLayout.Write(work.FullName);
            CosignEngine engine = new(cosign, work, programs);
            if (await engine.ServesAsync(cancellation).ConfigureAwait(false))
                return engine;
            looked.Add($"{cosign} evaluates no Rego: it is older than 3.0");
        }

        throw new FactoryException(CaseFaults.NoEngine(looked));
    }

    /// <summary>Since 1.0 it takes Rego of before only when told to, and before it did not know the option.</summary>
    private async Task<bool> IsOpa1Async(string opa, CancellationToken cancellation)
    {
        ProgramResult version = await programs.RunAsync(new ProgramCall(opa, ["version"]) { Capture = true }, cancellation).ConfigureAwait(false);
        return !version.Output.Contains("Version: 0.", StringComparison.Ordinal);
    }

    private string? Find(string program) => path.Where(f => f.Length > 0).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
}
