using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Shapes;

/// <summary>What YAML a .NET type is written as. Shapes come from the records of the model, and everything else from shapes.</summary>
internal abstract class Shape(Type type)
{
    public Type Type { get; } = type;
}

internal sealed class TextShape() : Shape(typeof(string));

internal sealed class TruthShape() : Shape(typeof(bool));

/// <summary>An <see cref="int"/> or a <see cref="long"/>.</summary>
internal sealed class WholeShape(Type type) : Shape(type);

/// <summary>A <see cref="SourcePath"/>: a file or folder of the machine that builds.</summary>
internal sealed class PathShape() : Shape(typeof(SourcePath));

internal sealed class ListShape(Type element) : Shape(typeof(IReadOnlyList<>).MakeGenericType(element))
{
    public Shape Element => ModelShapes.Of(element);

    public Array ToArray(IReadOnlyList<object> items)
    {
        Array array = Array.CreateInstance(element, items.Count);
        for (int i = 0; i < items.Count; i++)
            array.SetValue(items[i], i);
        return array;
    }
}

/// <summary>Free keys with values of one type.</summary>
internal sealed class MapShape(Type element) : Shape(typeof(IReadOnlyDictionary<,>).MakeGenericType(typeof(string), element))
{
    public Shape Element => ModelShapes.Of(element);

    public System.Collections.IDictionary NewDictionary() =>
        (System.Collections.IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element))!;
}
