using System.Collections;
using System.Globalization;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Writing;

/// <summary>Turns records back into nodes: every key in the order of its record, defaults included, and nothing for what is unset.</summary>
internal static class RecipeTree
{
    private static readonly Place Default = new(new Source("default", "/"), 0, 0);

    /// <param name="value">A record or a part of one.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="folder">Relative paths are written from here; null keeps them as their authors wrote them.</param>
    public static Node Of(object value, Shape shape, string? folder = null) => shape switch
    {
        TextShape => Text((string)value),
        TruthShape => new ScalarNode(Default, (bool)value ? "true" : "false", plain: true),
        WholeShape => new ScalarNode(Default, Convert.ToString(value, CultureInfo.InvariantCulture)!, plain: true),
        PathShape => Text(Portable((SourcePath)value, folder)),
        ChoiceShape choice => Text(choice.WordOf(value)),
        ListShape list => new SequenceNode(Default, [.. ((IEnumerable)value).Cast<object>().Select(i => Of(i, list.Element, folder))]),
        MapShape map => OfMap((IDictionary)value, map, folder),
        RecordShape record => OfRecord(value, record, folder),
        KindsShape => OfRecord(value, (RecordShape)ModelShapes.Of(value.GetType()), folder),
        _ => throw new NotSupportedException($"{shape.GetType().Name} cannot be written"),
    };

    private static ScalarNode Text(string text) => new(Default, text, plain: false);

    private static MappingNode OfMap(IDictionary values, MapShape map, string? folder)
    {
        List<Entry> entries = [];
        foreach (DictionaryEntry entry in values)
            entries.Add(new Entry((string)entry.Key, Default, Of(entry.Value!, map.Element, folder)));
        return new MappingNode(Default, entries);
    }

    private static MappingNode OfRecord(object record, RecordShape shape, string? folder)
    {
        List<Entry> entries = [];
        if (shape.Kind is not null)
            entries.Add(new Entry(KindsShape.KindKey, Default, Text(shape.Kind)));
        foreach (PropertyShape property in shape.Properties)
        {
            if (property.Info.GetValue(record) is { } value)
                entries.Add(new Entry(property.Key, Default, Of(value, property.Shape, folder)));
        }

        return new MappingNode(Default, entries);
    }

    /// <summary>An absolute path stays what its author wrote; a relative one says where the file is from the recipe's own folder.</summary>
    private static string Portable(SourcePath path, string? folder) =>
        folder is null || Path.IsPathRooted(path.Text) ? path.Text : Path.GetRelativePath(folder, path.FullPath).Replace('\\', '/');
}
