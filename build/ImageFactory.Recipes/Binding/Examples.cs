using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Binding;

/// <summary>Words for what a key takes, with an example: for faults.</summary>
internal static class Examples
{
    public static string Expectation(Shape shape) => shape switch
    {
        TextShape => "a text",
        TruthShape => "true or false",
        WholeShape => "a whole number",
        PathShape => "the path of a file",
        ChoiceShape choice => $"one of {string.Join(", ", choice.Choices.Select(c => c.Word))}",
        ListShape => "a list",
        MapShape => "a mapping",
        RecordShape or KindsShape => "a mapping",
        _ => "something else",
    };

    public static string Hint(Shape shape, Node found) => (shape, found) switch
    {
        (TruthShape, ScalarNode { Plain: false, Text: "true" or "false" }) or (WholeShape, ScalarNode { Plain: false }) => "remove the quotes",
        (TruthShape, ScalarNode scalar) when scalar.Text.ToLowerInvariant() is "yes" or "on" or "y" => "write true",
        (TruthShape, ScalarNode scalar) when scalar.Text.ToLowerInvariant() is "no" or "off" or "n" => "write false",
        (ListShape list, ScalarNode { IsNull: false } scalar) when list.Element is TextShape && scalar.Text.Length < 40 => $"write a list, even of one: [{NodeText.Quote(scalar.Text)}]",
        (TextShape, ScalarNode { IsNull: true }) => "write a value, or '\"\"' for an empty text",
        _ => $"for example {Of(shape)}",
    };

    public static string Of(PropertyShape property) => property.Shape switch
    {
        TextShape => property.Key == "name" ? "my-image" : "…",
        var shape => Of(shape),
    };

    private static string Of(Shape shape) => shape switch
    {
        TextShape => "a text",
        TruthShape => "true",
        WholeShape => "600",
        PathShape => "files/example",
        ChoiceShape choice => choice.Choices[0].Word,
        ListShape list => $"[{Of(list.Element)}, …]",
        MapShape map => $"{{key: {Of(map.Element)}}}",
        KindsShape kinds => $"{{kind: {string.Join(" | ", kinds.Kinds.Select(k => k.Kind))}, …}}",
        RecordShape record => record.Properties.Count == 0 ? "{}" : $"{{{record.Properties[0].Key}: {(record.Properties[0].Shape is RecordShape ? "{…}" : Of(record.Properties[0].Shape))}, …}}",
        _ => "…",
    };
}
