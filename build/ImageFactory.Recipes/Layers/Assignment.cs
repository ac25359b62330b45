using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Writing;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>One value from outside the recipe's files: <c>disk.size=4GiB</c>. It is checked against the shapes as it goes down the path.</summary>
/// <param name="Steps">Which key.</param>
/// <param name="Append">Add to the list instead of replacing it.</param>
/// <param name="Value">The value as YAML.</param>
/// <param name="Source">Where the value comes from.</param>
internal sealed record Assignment(IReadOnlyList<Step> Steps, bool Append, string Value, Source Source)
{
    private Place Place => new(Source, 0, 0);

    /// <exception cref="FactoryException">The recipe has no such key, or the value is not YAML.</exception>
    public MappingNode ApplyTo(MappingNode recipe) => (MappingNode)Update(recipe, ModelShapes.Recipe, 0);

    private Node Update(Node? current, Shape shape, int depth)
    {
        if (depth == Steps.Count)
            return Assign(current, shape);

        return Steps[depth] switch
        {
            KeyStep key => UpdateKey(current, shape, key.Key, depth),
            IndexStep index => UpdateEntry(current, shape, index.Index, depth),
            _ => throw new InvalidOperationException("a step is a key or an index"),
        };
    }

    private Node Assign(Node? current, Shape shape)
    {
        if (!Append)
            return LayerMerge.Merge(current, Read(shape));
        if (shape is not ListShape list)
            throw Refuse(LayerFaults.NotAList(PathUpTo(Steps.Count)));
        Node added = Read(Value.StartsWith('[') ? list : list.Element);
        IReadOnlyList<Node> items = added is SequenceNode several ? several.Items : [added];
        return new SequenceNode(Place, [.. (current as SequenceNode)?.Items ?? [], .. items.Select(LayerMerge.WithoutNulls)]);
    }

    private MappingNode UpdateKey(Node? current, Shape shape, string key, int depth)
    {
        MappingNode mapping = current as MappingNode ?? new MappingNode(Place, []);
        (Shape inner, Node? standing) = Look(mapping, shape, key, depth);
        Node value = Update(mapping.Find(key)?.Value ?? standing, inner, depth + 1);

        // Another kind: what was written for the old one goes, as it does when a file changes the kind.
        if (shape is KindsShape && key == KindsShape.KindKey && value is ScalarNode kind && KindsShape.KindOf(mapping) is { } before && before != kind.Text)
            mapping = new MappingNode(Place, []);
        return With(mapping, key, value);
    }

    /// <summary>The shape below a key, and for a list that nobody wrote the default that an assignment changes.</summary>
    private (Shape Inner, Node? Standing) Look(MappingNode mapping, Shape shape, string key, int depth)
    {
        if (shape is MapShape map)
            return (map.Element, null);
        if (shape is KindsShape && key == KindsShape.KindKey)
            return (ModelShapes.Of(typeof(string)), null);

        RecordShape[] records = shape switch
        {
            RecordShape record => [record],
            KindsShape kinds => kinds.ChosenBy(mapping) is { } chosen ? [chosen] : [.. kinds.Kinds],
            _ => throw Refuse(LayerFaults.NoKeys(PathUpTo(depth), Examples.Expectation(shape))),
        };
        foreach (RecordShape record in records)
        {
            if (record.Find(key) is { } property)
                return (property.Shape, property.Shape is ListShape or MapShape && record.DefaultOf(property) is { } value ? RecipeTree.Of(value, property.Shape) : null);
        }

        throw Refuse(LayerFaults.UnknownKey(PathUpTo(depth + 1), key, [.. records.SelectMany(r => r.Keys).Distinct()]));
    }

    private SequenceNode UpdateEntry(Node? current, Shape shape, int index, int depth)
    {
        if (shape is not ListShape list)
            throw Refuse(LayerFaults.NotAList(PathUpTo(depth)));
        IReadOnlyList<Node> items = (current as SequenceNode)?.Items ?? [];
        if (index >= items.Count)
            throw Refuse(LayerFaults.NoSuchEntry(PathUpTo(depth), index, items.Count));
        Node entry = Update(items[index], list.Element, depth + 1);
        bool removed = entry is ScalarNode { IsNull: true };
        return new SequenceNode(Place, [.. items.Take(index), .. removed ? Array.Empty<Node>() : [entry], .. items.Skip(index + 1)]);
    }

    private MappingNode With(MappingNode mapping, string key, Node value)
    {
        Entry entry = new(key, value is ScalarNode ? value.Place : mapping.Find(key)?.KeyPlace ?? Place, value);
        bool removed = value is ScalarNode { IsNull: true };
        bool known = mapping.Find(key) is not null;
        IEnumerable<Entry> entries = mapping.Entries.SelectMany(e => e.Key != key ? [e] : removed ? Array.Empty<Entry>() : [entry]);
        return new MappingNode(mapping.Place, [.. known || removed ? entries : entries.Append(entry)]);
    }

    /// <summary>
    /// Brackets, braces and quotes are YAML. Everything else is taken as it stands, so that a shell's user need not quote a second time:
    /// <c>description=a: b # c</c>.
    /// </summary>
    private Node Read(Shape shape)
    {
        if (Value.Length == 0)
            throw Refuse(LayerFaults.NoValue(PathUpTo(Steps.Count)));
        bool structured = Value[0] is '[' or '{' && shape is not TextShape;
        return structured || Value[0] is '"' or '\'' ? YamlReader.ReadValue(Value, Source) : new ScalarNode(Place, YamlReader.CheckedText(Value, Source), plain: true);
    }

    private FactoryException Refuse(Fault fault) => new(fault.At(Source.Name));

    private string PathUpTo(int count)
    {
        string path = "";
        foreach (Step step in Steps.Take(count))
            path = step is IndexStep index ? string.Create(CultureInfo.InvariantCulture, $"{path}[{index.Index}]") : KeyPath.Append(path, ((KeyStep)step).Key);
        return path;
    }
}
