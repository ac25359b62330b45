using System.ComponentModel;
using System.Reflection;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Shapes;

/// <summary>A record, written as a mapping with a key for each property.</summary>
internal sealed class RecordShape : Shape
{
    private readonly Lazy<object> defaults;

    public RecordShape(Type type)
        : base(type)
    {
        Kind = type.GetCustomAttribute<KindAttribute>(inherit: false)?.Name;
        Properties = [.. PropertiesOf(type).Select(p => new PropertyShape(p))];
        defaults = new(Create);
    }

    /// <summary>The word after <c>kind:</c> that chooses this record.</summary>
    public string? Kind { get; }

    public IReadOnlyList<PropertyShape> Properties { get; }

    public string? Description => Type.GetCustomAttribute<DescriptionAttribute>(inherit: false)?.Description;

    /// <summary>The keys that an author may write, <c>kind</c> among them.</summary>
    public IEnumerable<string> Keys => Properties.Select(p => p.Key).Concat(Kind is null ? [] : [KindsShape.KindKey]);

    public PropertyShape? Find(string key) => Properties.FirstOrDefault(p => string.Equals(p.Key, key, StringComparison.Ordinal));

    /// <summary>A record as its initialisers make it; properties that are required are still unset.</summary>
    public object Create() => Activator.CreateInstance(Type)!;

    /// <summary>The value of a key that nobody wrote.</summary>
    public object? DefaultOf(PropertyShape property) => property.Required ? null : property.Info.GetValue(defaults.Value);

    /// <summary>Base records first, each in the order of its source.</summary>
    private static IEnumerable<PropertyInfo> PropertiesOf(Type? type)
    {
        if (type is null || type == typeof(object))
            return [];
        IEnumerable<PropertyInfo> own = type
            .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(p => p.SetMethod is { IsPublic: true });
        return PropertiesOf(type.BaseType).Concat(own);
    }
}
