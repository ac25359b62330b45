using ImageFactory.Measurement.Events;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Measurement.Reporting;

/// <summary>Finds in the manifests of two builds what can have caused a change: recipe values with their lines, other inputs, tools.</summary>
public static class ChangeCauses
{
    private static readonly string[] RootKeys = ["base", "payload", "agentPolicy", "system", "disk", "name", "architecture", "sourceDateEpoch"];

    public static MeasurementDiff Explain(MeasurementDiff diff, Manifest before, Manifest after)
    {
        List<(string Key, string Text)> changed = [.. RecipeChanges(before, after)];
        List<string> inputs = [.. InputChanges(before, after)];
        List<string> tools = [.. ToolChanges(before, after)];
        return diff with { Changes = [.. diff.Changes.Select(c => c with { Causes = CausesOf(c, changed, inputs, tools) })] };
    }

    private static List<string> CausesOf(EventChange change, List<(string Key, string Text)> recipe, List<string> inputs, List<string> tools)
    {
        string[] keys = KeysOf(change);
        List<string> causes = [.. recipe.Where(r => keys.Any(k => r.Key == k || r.Key.StartsWith(k + ".", StringComparison.Ordinal) || r.Key.StartsWith(k + "[", StringComparison.Ordinal))).Select(r => r.Text)];
        if (keys.Contains("base"))
            causes.AddRange([.. inputs, .. tools]);
        return causes;
    }

    /// <summary>Keys of the recipe that can reach what changed.</summary>
    private static string[] KeysOf(EventChange change)
    {
        bool rootHash = change.Words.Any(w => w.Contains("roothash=", StringComparison.Ordinal));
        string section = change.Subject == EventSubject.Section ? change.What.Split(' ')[^1] : "";
        return (change.Subject, section) switch
        {
            (EventSubject.CommandLine, _) or (_, ".cmdline") =>
                [.. rootHash ? RootKeys : [], .. change.Words.Any(w => !w.Contains("roothash=", StringComparison.Ordinal)) ? ["system.kernelArguments", "disk.volatile", "disk.integrity"] : Array.Empty<string>()],
            (EventSubject.Program, _) => [.. RootKeys, "secureBoot"],
            (EventSubject.Kernel or EventSubject.Section or EventSubject.Initrd or EventSubject.Addon or EventSubject.Extensions or EventSubject.Credentials, _) => ["base", "system.kernelArguments"],
            (EventSubject.Variable, _) => ["measurements.secureBootKeys", "secureBoot"],
            _ => [],
        };
    }

    private static IEnumerable<(string Key, string Text)> RecipeChanges(Manifest before, Manifest after)
    {
        Dictionary<string, ManifestRecipeValue> old = before.Run.Recipe.ToDictionary(v => v.Key, StringComparer.Ordinal);
        Dictionary<string, ManifestRecipeValue> fresh = after.Run.Recipe.ToDictionary(v => v.Key, StringComparer.Ordinal);
        foreach (string key in old.Keys.Union(fresh.Keys).Order(StringComparer.Ordinal))
        {
            ManifestRecipeValue? left = old.GetValueOrDefault(key);
            ManifestRecipeValue? right = fresh.GetValueOrDefault(key);
            if (left?.Value != right?.Value)
                yield return (key, $"{(right ?? left)!.Place}: {key} was {left?.Value ?? "not there"}, is {right?.Value ?? "not there"}");
        }
    }

    private static IEnumerable<string> InputChanges(Manifest before, Manifest after)
    {
        ILookup<string, string> old = before.Content.Inputs.ToLookup(i => i.Name, i => i.Sha256.Hex);
        ILookup<string, string> fresh = after.Content.Inputs.ToLookup(i => i.Name, i => i.Sha256.Hex);
        return old.Select(g => g.Key).Union(fresh.Select(g => g.Key))
            .Where(n => !n.StartsWith("recipe ", StringComparison.Ordinal) && !old[n].Order(StringComparer.Ordinal).SequenceEqual(fresh[n].Order(StringComparer.Ordinal)))
            .Select(n => $"the content of '{n}' changed");
    }

    private static IEnumerable<string> ToolChanges(Manifest before, Manifest after) =>
        before.Content.Tools.Keys.Union(after.Content.Tools.Keys).Order(StringComparer.Ordinal)
            .Select(t => (Tool: t, Old: before.Content.Tools.GetValueOrDefault(t, "absent"), New: after.Content.Tools.GetValueOrDefault(t, "absent")))
            .Where(t => t.Old != t.New)
            .Select(t => $"{t.Tool} was {t.Old}, is {t.New}");
}
