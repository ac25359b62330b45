using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Rendering;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>Shows, checks and compares agent policies: files, or the one of the recipe.</summary>
internal sealed class PolicyAnswers(Func<LoadedRecipe> recipe)
{
    public async Task<Answer> ShowAsync(string? file, string? kata, CancellationToken cancellation)
    {
        PolicyInspection inspection = await InspectAsync(file, kata, cancellation).ConfigureAwait(false);
        return new Answer(inspection.Rows.Count == 0 ? "" : PolicyTable.Show(inspection)) { Json = () => PolicyJson.Of(inspection), Faults = inspection.Faults };
    }

    public async Task<Answer> CheckAsync(IReadOnlyList<string> files, string? kata, CancellationToken cancellation)
    {
        List<PolicyInspection> inspections = [];
        if (files.Count == 0)
            inspections.Add(await InspectAsync(null, kata, cancellation).ConfigureAwait(false));
        foreach (string file in files)
            inspections.Add(await InspectAsync(file, kata, cancellation).ConfigureAwait(false));
        return new Answer(string.Join('\n', inspections.Select(PolicyTable.Check)))
        {
            Json = () => "[" + string.Join(",\n", inspections.Select(PolicyJson.Of)) + "]\n",
            EndsWith = inspections.Any(i => i.HasErrors) ? ExitCode.InvalidInput : ExitCode.Ok,
        };
    }

    public async Task<Answer> DiffAsync(string before, string after, string? kata, CancellationToken cancellation)
    {
        PolicyInspection first = await InspectAsync(before, kata, cancellation).ConfigureAwait(false);
        PolicyInspection second = await InspectAsync(after, kata, cancellation).ConfigureAwait(false);
        FactoryException.ThrowIfAny([.. first.Faults.Concat(second.Faults).Where(f => f.Severity == Severity.Error)]);
        PolicyDiff diff = PolicyDiff.Between(first, second);
        return new Answer(PolicyDiffTable.Of(diff)) { Json = () => PolicyJson.Of(diff) };
    }

    private async Task<PolicyInspection> InspectAsync(string? file, string? kata, CancellationToken cancellation)
    {
        if (file is null)
        {
            LoadedRecipe loaded = recipe();
            if (kata is not null)
                loaded = loaded with { Recipe = loaded.Recipe with { AgentPolicy = loaded.Recipe.AgentPolicy with { Kata = kata } } };
            return (await BuildSession.LoadPolicyAsync(loaded, cancellation).ConfigureAwait(false)).Inspection;
        }

        AgentPolicySettings settings = new();
        return PolicyInspector.Inspect(file, await ReadAsync(file, cancellation).ConfigureAwait(false), kata ?? settings.Kata, isMeasured: true);
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(
                new Fault("IFH104", ExitCode.MissingInput, $"the policy cannot be read: {e.Message}") { Where = file, Hint = "name a Rego file" }, e);
        }
    }
}
