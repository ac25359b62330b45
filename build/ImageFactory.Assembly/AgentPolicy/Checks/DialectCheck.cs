using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Finds what the engine of one release cannot parse although another one can: Rego v0 up to 3.29, v1 from 3.30.</summary>
internal static class DialectCheck
{
    private const string FutureKeywords = "future.keywords";

    public static IEnumerable<Fault> Of(Module module, AgentApiRelease api, Func<TextPosition, string> place)
    {
        bool importsV1 = module.Imports.Any(import => import.Path == "rego.v1");
        if (!api.IsRegoV1 && !importsV1)
            return MissingImports(module, api).Select(found => found.Fault.At(place(found.At)));
        return V1Traps(module, api).Select(found => found.Fault.At(place(found.At)));
    }

    private static IEnumerable<(Fault Fault, TextPosition At)> MissingImports(Module module, AgentApiRelease api)
    {
        HashSet<string> imported = [.. module.Imports.Select(import => import.Path)];
        foreach ((string keyword, TextPosition at) in module.Keywords)
        {
            // Importing 'every' brings 'in' along: it cannot be written without.
            bool isImported = imported.Contains(FutureKeywords)
                || imported.Contains($"{FutureKeywords}.{keyword}")
                || (keyword == "in" && imported.Contains($"{FutureKeywords}.every"));
            if (!isImported)
                yield return (PolicyFaults.KeywordNotImported(keyword, api.Release), at);
        }
    }

    private static IEnumerable<(Fault Fault, TextPosition At)> V1Traps(Module module, AgentApiRelease api)
    {
        foreach (TextPosition at in module.BodiesWithoutIf)
            yield return (PolicyFaults.BodyWithoutIf(api.Release), at);
        foreach ((string name, TextPosition at) in module.Shadowings)
            yield return (PolicyFaults.Shadowing(name, api.Release), at);
        foreach (Import again in RepeatedImports(module.Imports))
            yield return (PolicyFaults.RepeatedImport(again.Path, api.Release), again.At);
    }

    private static IEnumerable<Import> RepeatedImports(IReadOnlyList<Import> imports)
    {
        HashSet<string> seen = [];
        bool allKeywords = false;
        foreach (Import import in imports)
        {
            bool isKeyword = import.Path == "rego.v1" || import.Path.StartsWith(FutureKeywords, StringComparison.Ordinal);
            if (!seen.Add($"{import.Path} as {import.Alias}") || (isKeyword && allKeywords))
                yield return import;
            allKeywords |= import.Path is "rego.v1" or FutureKeywords;
        }
    }
}
