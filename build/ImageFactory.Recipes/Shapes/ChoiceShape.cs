using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;

namespace ImageFactory.Recipes.Shapes;

/// <summary>An enumeration, written as one of its words.</summary>
internal sealed class ChoiceShape : Shape
{
    public ChoiceShape(Type type)
        : base(type)
    {
        Choices = [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(Read)];
    }

    public IReadOnlyList<Choice> Choices { get; }

    public string WordOf(object value) => Choices.First(c => c.Value.Equals(value)).Word;

    private static Choice Read(FieldInfo field) => new(
        field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? Names.Camel(field.Name),
        field.GetValue(null)!,
        field.GetCustomAttribute<DescriptionAttribute>()?.Description);
}

internal sealed record Choice(string Word, object Value, string? Description);
