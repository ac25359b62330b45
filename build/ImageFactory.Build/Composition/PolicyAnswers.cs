using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Assembly.AgentPolicy.Rendering;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>What the verbs of agent policies say. A file is named as the caller wrote it.</summary>
internal sealed class PolicyAnswers(string workingFolder, Func<LoadedRecipe> recipe)
{
    public async Task<Answer> ShowAsync(string? file, string? kata, CancellationToken cancellation)
    {
        PolicyInspection inspection = file is null ? await OfRecipeAsync(kata, cancellation).ConfigureAwait(false) : OfFile(file, kata);
        return new Answer(PolicyTable.Show(inspection)) { Faults = inspection.Faults, Json = () => PolicyJson.Of(inspection) };
    }

    public async Task<Answer> CheckAsync(IReadOnlyList<string> files, string? kata, CancellationToken cancellation)
    {
        IReadOnlyList<PolicyInspection> inspections = files.Count == 0
            ? [await OfRecipeAsync(kata, cancellation).ConfigureAwait(false)]
            : [.. files.Select(f => OfFile(f, kata))];

        // The faults are the answer here and stand in its text.
        return new Answer(string.Join('\n', inspections.Select(PolicyTable.Check)))
        {
            Json = () => inspections.Count == 1 ? PolicyJson.Of(inspections[0]) : $"[{string.Join(",\n", inspections.Select(PolicyJson.Of))}]\n",
            EndsWith = inspections.SelectMany(i => i.Faults).FirstOrDefault(f => f.Severity == Severity.Error)?.ExitCode ?? ExitCode.Ok,
        };
    }

    public Answer Diff(string before, string after, string? kata)
    {
        PolicyDiff diff = PolicyDiff.Between(OfFile(before, kata), OfFile(after, kata));
        return new Answer(PolicyDiffTable.Of(diff))
        {
            Json = () => PolicyJson.Of(diff),
            Faults = [.. diff.Before.Faults.Concat(diff.After.Faults).Where(f => f.Severity == Severity.Error)],
        };
    }

    public async Task<Answer> TestAsync(string file, string? cases, string? kata, PolicyTests tests, CancellationToken cancellation)
    {
        byte[] content = ReadFile(file);
        PolicyInspection inspection = Inspect(file, content, kata);

        // What the agent would not load decides nothing; all else that is wrong is the business of policy check.
        FactoryException.ThrowIfAny([.. inspection.Faults.Where(f => f.Severity == Severity.Error)]);
        string shown = cases ?? Path.ChangeExtension(file, ".cases.json");
        IReadOnlyList<PolicyCase> read = PolicyTests.ReadCases(Path.GetFullPath(shown, workingFolder), shown, inspection.Kata);
        PolicyTestResult result = await tests.RunAsync(inspection, content, read, cancellation).ConfigureAwait(false);
        return new Answer(PolicyTestTable.Of(result))
        {
            Json = () => PolicyJson.Of(result),
            EndsWith = result.Failed > 0 ? ExitCode.InvalidInput : ExitCode.Ok,
        };
    }

    private async Task<PolicyInspection> OfRecipeAsync(string? kata, CancellationToken cancellation)
    {
        LoadedRecipe loaded = recipe();
        AgentPolicySettings settings = loaded.Recipe.AgentPolicy;
        if (kata is not null)
            settings = settings with { Kata = kata };
        CheckedPolicy policy = await new AgentPolicyLoader(settings, loaded.Origins, IsMeasured(loaded.Recipe)).LoadAsync(cancellation).ConfigureAwait(false);
        return policy.Inspection;
    }

    private PolicyInspection OfFile(string file, string? kata) => Inspect(file, ReadFile(file), kata);

    private static PolicyInspection Inspect(string file, byte[] content, string? kata) =>
        PolicyInspector.Inspect(file, content, kata ?? new AgentPolicySettings().Kata, isMeasured: true, "--kata");

    private byte[] ReadFile(string file)
    {
        try
        {
            return File.ReadAllBytes(Path.GetFullPath(file, workingFolder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(
                new Fault("IFH060", ExitCode.MissingInput, $"the agent policy cannot be read: {e.Message}") { Where = file, Hint = "name a file that exists and may be read" },
                e);
        }
    }

    /// <summary>A root that nothing measures proves nothing about the policy in it.</summary>
    private static bool IsMeasured(Recipe recipe) => recipe.RootProtection != RootProtection.None;
}
