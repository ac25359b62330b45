using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ImageFactory.Recipes.Shapes;

/// <summary>A property of a record and the key it is written with.</summary>
internal sealed class PropertyShape(PropertyInfo info)
{
    public PropertyInfo Info { get; } = info;

    public string Key { get; } = Names.Camel(info.Name);

    public bool Required { get; } = info.IsDefined(typeof(RequiredMemberAttribute));

    public Shape Shape => ModelShapes.Of(Info.PropertyType);

    public string? Description => Info.GetCustomAttribute<DescriptionAttribute>()?.Description;
}
