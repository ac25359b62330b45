using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class UnitRules
{
    public static void Check(UnitSettings units, RecordScope scope)
    {
        if (!scope.IsSound("enable", "disable", "mask"))
            return;

        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        foreach ((string key, IReadOnlyList<string> names) in new[] { ("enable", units.Enable), ("disable", units.Disable), ("mask", units.Mask) })
        {
            for (int i = 0; i < names.Count; i++)
            {
                string name = names[i];
                string entry = $"{key}[{i}]";
                if (!seen.TryAdd(name, entry))
                    scope.Report(entry, path => RuleFaults.UnitTwice(path, name, scope.PathOf(seen[name])));
            }
        }
    }
}
