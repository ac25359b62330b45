namespace ImageFactory.Recipes.Yaml;

/// <summary>A piece of YAML that knows where it was written. Nodes never change, so that an alias may share one.</summary>
internal abstract class Node(Place place)
{
    public Place Place { get; } = place;
}

/// <param name="place">Where it was written.</param>
/// <param name="text">The text, without quotes.</param>
/// <param name="plain">Written without quotes, so that it may stand for a number, true, false or null.</param>
internal sealed class ScalarNode(Place place, string text, bool plain) : Node(place)
{
    public string Text { get; } = text;

    public bool Plain { get; } = plain;

    /// <summary>YAML's core schema: nothing at all, or one of the words for it.</summary>
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed class SequenceNode(Place place, IReadOnlyList<Node> items) : Node(place)
{
    public IReadOnlyList<Node> Items { get; } = items;
}

internal sealed class MappingNode(Place place, IReadOnlyList<Entry> entries) : Node(place)
{
    /// <summary>Up to here looking at each is faster; beyond, a hostile mapping of thousands would cost their square.</summary>
    private const int Few = 32;

    private Dictionary<string, Entry>? index;

    public IReadOnlyList<Entry> Entries { get; } = entries;

    public Entry? Find(string key)
    {
        if (Entries.Count <= Few)
            return Entries.FirstOrDefault(e => string.Equals(e.Key, key, StringComparison.Ordinal));
        index ??= Entries.ToDictionary(e => e.Key, StringComparer.Ordinal);
        return index.GetValueOrDefault(key);
    }
}

/// <summary>A key with its value.</summary>
internal sealed record Entry(string Key, Place KeyPlace, Node Value)
{
    /// <summary>The place that a reader looks for: of a single value its own, of a group the key that opens it.</summary>
    public Place Origin => Value is ScalarNode ? Value.Place : KeyPlace;
}
