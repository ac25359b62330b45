using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Rules;

/// <summary>What a rule over several keys of a record needs to know of how they were written.</summary>
internal sealed class RecordScope(string path, IReadOnlyDictionary<string, Place> places, IReadOnlySet<string> faulty, Action<string, Place, Fault> report)
{
    public string Path { get; } = path;

    /// <param name="key">A key of the record, or a path from it such as <c>units.mask[0]</c>.</param>
    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    /// <summary>Somebody wrote the key; otherwise its value is the default.</summary>
    public bool IsWritten(string key) => places.ContainsKey(PathOf(key));

    /// <summary>The keys that somebody wrote directly below one, or that key itself when it was written and has none: nothing when it was not.</summary>
    public IEnumerable<string> WrittenAt(string key)
    {
        string own = PathOf(key) + ".";
        string[] below = [.. places.Keys.Where(p => p.StartsWith(own, StringComparison.Ordinal) && p.AsSpan(own.Length).IndexOfAny('.', '[') < 0)];
        return below.Length > 0 ? below.Select(p => $"{key}.{p[own.Length..]}").Order(StringComparer.Ordinal) : IsWritten(key) ? [key] : [];
    }

    /// <summary>The values are what the author meant: a rule says nothing about a default that stands in for a faulty value.</summary>
    public bool IsSound(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            string own = PathOf(key);
            if (faulty.Any(f => f.StartsWith(own, StringComparison.Ordinal) && (f.Length == own.Length || f[own.Length] is '.' or '[')))
                return false;
        }

        return true;
    }

    /// <summary>Reports at a key, or at what is nearest around it.</summary>
    public void Report(string key, Func<string, Fault> fault)
    {
        string own = PathOf(key);
        report(own, Nearest(own), fault(own));
    }

    private Place Nearest(string own)
    {
        for (string at = own; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            if (places.TryGetValue(at, out Place? place))
                return place;
        }

        return places[""];
    }
}
