using ImageFactory.Model;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Explaining;

/// <summary>Says in words what makes a stage run: what it is now against what it was when it was last stored.</summary>
internal static class Reasons
{
    internal const string NeverBuilt = "it was never built in this store";

    internal const string Gone = "its output is no longer in the store";

    internal const string NoLongerServes = "what belongs to its output is no longer there";

    internal static IReadOnlyList<string> For(StageIdentity now, StoreEntry? last)
    {
        if (last is null)
            return [NeverBuilt];
        List<string> reasons = [.. Fields(now.Fields, last.Fields), .. Inputs(now.Inputs, last.Inputs)];
        return reasons.Count > 0 ? reasons : [Gone];
    }

    internal static string TooOld(StoreEntry entry, TimeSpan maxAge, DateTimeOffset now) =>
        $"it was asked {Duration(now - entry.Created)} ago, and an answer holds for {Duration(maxAge)}";

    internal static IEnumerable<string> Fields(IReadOnlyList<KeyField> now, IReadOnlyList<KeyField> before)
    {
        Dictionary<string, string> then = ToDictionary(before);
        Dictionary<string, string> today = ToDictionary(now);
        foreach ((string name, string value) in today)
        {
            if (!then.TryGetValue(name, out string? old))
                yield return $"{name} is new: {Shorten(value)}";
            else if (old != value)
                yield return $"{name} changed: {Shorten(old)} -> {Shorten(value)}";
        }

        foreach (string name in then.Keys.Except(today.Keys, StringComparer.Ordinal))
            yield return $"{name} is gone; it was {Shorten(then[name])}";
        if (today.Count == then.Count && !now.SequenceEqual(before) && today.All(t => then.GetValueOrDefault(t.Key) == t.Value))
            yield return "the order of its fields changed";
    }

    private static IEnumerable<string> Inputs(IReadOnlyDictionary<string, Sha256> now, IReadOnlyDictionary<string, Sha256> before)
    {
        foreach ((string name, Sha256 digest) in now.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            if (!before.TryGetValue(name, out Sha256 old))
                yield return $"input {name} is new";
            else if (old != digest)
                yield return $"input {name} changed: {Shorten(old.Hex)} -> {Shorten(digest.Hex)}";
        }

        foreach (string name in before.Keys.Except(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
            yield return $"input {name} is no longer read";
    }

    // A stage may add a name twice; the later ones are told apart by their number.
    private static Dictionary<string, string> ToDictionary(IReadOnlyList<KeyField> fields)
    {
        Dictionary<string, string> named = new(StringComparer.Ordinal);
        foreach (KeyField field in fields)
        {
            string name = field.Name;
            for (int n = 2; !named.TryAdd(name, field.Value); n++)
                name = $"{field.Name} ({n})";
        }

        return named;
    }

    private static string Shorten(string value) => value switch
    {
        "" => "(empty)",
        _ when Sha256.IsHex(value) => $"{value[..12]}…",
        { Length: > 60 } => $"{value[..60]}…",
        _ => value,
    };

    private static string Duration(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => $"{span.TotalDays:0} days",
        { TotalHours: >= 2 } => $"{span.TotalHours:0} hours",
        { TotalMinutes: >= 2 } => $"{span.TotalMinutes:0} minutes",
        _ => $"{span.TotalSeconds:0} seconds",
    };
}
