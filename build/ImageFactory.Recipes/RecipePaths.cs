using System.Collections;
using System.Globalization;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Shapes;

namespace ImageFactory.Recipes;

/// <summary>Finds the files and folders that a recipe names, whatever its records are.</summary>
public static class RecipePaths
{
    /// <returns>Each with the path of its key (<c>payload[0].path</c>), in the order of the reference.</returns>
    public static IReadOnlyList<(string Key, SourcePath Path)> Of(Recipe recipe) => [.. Of(recipe, ModelShapes.Recipe, "")];

    private static IEnumerable<(string Key, SourcePath Path)> Of(object value, Shape shape, string key) => shape switch
    {
        PathShape => [(key, (SourcePath)value)],
        ListShape list => ((IEnumerable)value).Cast<object>().SelectMany((item, i) => Of(item, list.Element, string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]"))),
        MapShape map => ((IDictionary)value).Cast<DictionaryEntry>().SelectMany(e => Of(e.Value!, map.Element, KeyPath.Append(key, (string)e.Key))),
        RecordShape record => OfRecord(value, record, key),
        KindsShape => OfRecord(value, (RecordShape)ModelShapes.Of(value.GetType()), key),
        _ => [],
    };

    private static IEnumerable<(string Key, SourcePath Path)> OfRecord(object record, RecordShape shape, string key) =>
        shape.Properties.SelectMany(p => p.Info.GetValue(record) is { } value ? Of(value, p.Shape, KeyPath.Append(key, p.Key)) : []);
}
