using System.Collections.Concurrent;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Shapes;

/// <summary>The shape of each type of the model, made when it is first asked for.</summary>
internal static class ModelShapes
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();

    public static RecordShape Recipe => (RecordShape)Of(typeof(Recipe));

    public static Shape Of(Type type) => Known.TryGetValue(type, out Shape? shape) ? shape : Known.GetOrAdd(type, Make(type));

    private static Shape Make(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner);
        if (type == typeof(string))
            return new TextShape();
        if (type == typeof(bool))
            return new TruthShape();
        if (type == typeof(int) || type == typeof(long))
            return new WholeShape(type);
        if (type == typeof(SourcePath))
            return new PathShape();
        if (type.IsEnum)
            return new ChoiceShape(type);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return new ListShape(type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GetGenericArguments()[0] == typeof(string))
            return new MapShape(type.GetGenericArguments()[1]);
        if (type is { IsClass: true, IsAbstract: true })
            return new KindsShape(type);
        return type.IsClass && type.GetConstructor(Type.EmptyTypes) is not null
            ? new RecordShape(type)
            : throw new NotSupportedException($"a recipe has no way to write a {type}: use a record with initialisers, text, a number, an enumeration, a list or a dictionary");
    }
}
