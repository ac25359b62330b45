using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>
/// Lays one recipe over another: mappings merge key by key, everything else replaces, and <c>null</c> removes what is below.
/// A mapping of another kind replaces too, since the keys of one kind mean nothing to another.
/// </summary>
internal static class LayerMerge
{
    public static Node Merge(Node? under, Node over) =>
        over is MappingNode top && under is MappingNode bottom && IsSameKind(bottom, top) ? Merge(bottom, top) : WithoutNulls(over);

    public static MappingNode Merge(MappingNode under, MappingNode over)
    {
        List<Entry> merged = [];
        foreach (Entry below in under.Entries)
        {
            if (over.Find(below.Key) is not { } above)
                merged.Add(below);
            else if (above.Value is not ScalarNode { IsNull: true })
                merged.Add(above with { Value = Merge(below.Value, above.Value) });
        }

        merged.AddRange(over.Entries
            .Where(e => under.Find(e.Key) is null && e.Value is not ScalarNode { IsNull: true })
            .Select(e => e with { Value = WithoutNulls(e.Value) }));
        return new MappingNode(over.Place, merged);
    }

    /// <summary>A key without a value is a key that nobody wrote. An entry of a list without a value stays, to be refused.</summary>
    public static Node WithoutNulls(Node node) => node switch
    {
        MappingNode mapping => WithoutNulls(mapping),
        SequenceNode sequence => new SequenceNode(sequence.Place, [.. sequence.Items.Select(WithoutNulls)]),
        _ => node,
    };

    public static MappingNode WithoutNulls(MappingNode mapping) =>
        new(mapping.Place, [.. mapping.Entries.Where(e => e.Value is not ScalarNode { IsNull: true }).Select(e => e with { Value = WithoutNulls(e.Value) })]);

    private static bool IsSameKind(MappingNode under, MappingNode over) =>
        KindsShape.KindOf(over) is not { } kind || string.Equals(kind, KindsShape.KindOf(under), StringComparison.Ordinal);
}
