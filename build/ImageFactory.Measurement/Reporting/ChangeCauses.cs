using ImageFactory.Measurement.Events;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Measurement.Reporting;

/// <summary>Finds in the manifests of two builds what can have caused a change: recipe values with their lines, other inputs, tools.</summary>
public static class ChangeCauses
{
    private static readonly string[] RootKeys = ["base", "payload", "agentPolicy", "system", "disk", "name", "architecture", "sourceDateEpoch"];

    public static MeasurementDiff Explain(MeasurementDiff diff, Manifest before, Manifest after)
    {
        IReadOnlyList<ChangeCause> causes = Between(before, after);
        return diff with { Changes = [.. diff.Changes.Select(c => c with { Causes = CausesOf(c, causes) })] };
    }

    /// <summary>Everything that went into two builds and differs: recipe values, then inputs, then tools.</summary>
    public static IReadOnlyList<ChangeCause> Between(Manifest before, Manifest after) =>
        [.. RecipeChanges(before, after), .. InputChanges(before, after), .. ToolChanges(before, after)];

    private static IReadOnlyList<string> CausesOf(EventChange change, IReadOnlyList<ChangeCause> causes)
    {
        string[] keys = KeysOf(change);
        return [.. causes.Where(c => c.Kind == ChangeCause.Recipe ? c.IsWithin(keys) : keys.Contains("base")).Select(c => c.Text)];
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

    private static IEnumerable<ChangeCause> RecipeChanges(Manifest before, Manifest after)
    {
        Dictionary<string, ManifestRecipeValue> old = before.Run.Recipe.ToDictionary(v => v.Key, StringComparer.Ordinal);
        Dictionary<string, ManifestRecipeValue> fresh = after.Run.Recipe.ToDictionary(v => v.Key, StringComparer.Ordinal);
        foreach (string key in old.Keys.Union(fresh.Keys).Order(StringComparer.Ordinal))
        {
            ManifestRecipeValue? left = old.GetValueOrDefault(key);
            ManifestRecipeValue? right = fresh.GetValueOrDefault(key);
            if (left?.Value != right?.Value)
                yield return new ChangeCause(ChangeCause.Recipe, key, $"{(right ?? left)!.Place}: {key} was {left?.Value ?? "not there"}, is {right?.Value ?? "not there"}");
        }
    }

    private static IEnumerable<ChangeCause> InputChanges(Manifest before, Manifest after)
    {
        ILookup<string, string> old = before.Content.Inputs.ToLookup(i => i.Name, i => i.Sha256.Hex);
        ILookup<string, string> fresh = after.Content.Inputs.ToLookup(i => i.Name, i => i.Sha256.Hex);
        return old.Select(g => g.Key).Union(fresh.Select(g => g.Key))
            .Where(n => !n.StartsWith("recipe ", StringComparison.Ordinal) && !old[n].Order(StringComparer.Ordinal).SequenceEqual(fresh[n].Order(StringComparer.Ordinal)))
            .Select(n => new ChangeCause(ChangeCause.Input, n, $"the content of '{n}' changed"));
    }

    private static IEnumerable<ChangeCause> ToolChanges(Manifest before, Manifest after) =>
        before.Content.Tools.Keys.Union(after.Content.Tools.Keys).Order(StringComparer.Ordinal)
            .Select(t => (Tool: t, Old: before.Content.Tools.GetValueOrDefault(t, "absent"), New: after.Content.Tools.GetValueOrDefault(t, "absent")))
            .Where(t => t.Old != t.New)
            .Select(t => new ChangeCause(ChangeCause.Tool, t.Tool, $"{t.Tool} was {t.Old}, is {t.New}"));
}
