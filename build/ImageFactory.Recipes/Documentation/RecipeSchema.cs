using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Rules;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Writing;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Documentation;

/// <summary>
/// The JSON schema of recipes, for editors. A recipe that extends another may leave out and may remove (<c>null</c>) what the other
/// has, so what must be there is said apart, for recipes that stand alone.
/// </summary>
public static class RecipeSchema
{
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson()
    {
        SortedDictionary<string, JsonNode> definitions = new(StringComparer.Ordinal);
        JsonObject root = Record(ModelShapes.Recipe, definitions, mustBeComplete: false);
        JsonObject schema = new()
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "ImageFactory recipe",
        };
        foreach ((string key, JsonNode? value) in root.ToArray())
            schema[key] = value?.DeepClone();
        schema["properties"]![ExtendsChain.Key] = new JsonObject
        {
            ["description"] = Texts.Extends,
            ["type"] = new JsonArray("string", "null"),
        };
        schema["if"] = new JsonObject { ["required"] = new JsonArray(ExtendsChain.Key) };
        schema["else"] = Complete(ModelShapes.Recipe);
        schema["$defs"] = new JsonObject(definitions.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value)));
        return schema.ToJsonString(Written) + "\n";
    }

    private static JsonObject Record(RecordShape shape, SortedDictionary<string, JsonNode> definitions, bool mustBeComplete)
    {
        JsonObject properties = [];
        if (shape.Kind is not null)
            properties[KindsShape.KindKey] = new JsonObject { ["const"] = shape.Kind, ["description"] = shape.Description };
        foreach (PropertyShape property in shape.Properties)
            properties[property.Key] = Property(shape, property, definitions);

        JsonObject schema = new() { ["type"] = "object" };
        if (shape.Description is not null)
            schema["description"] = shape.Description;
        schema["properties"] = properties;
        string[] required = Required(shape);
        if (mustBeComplete && required.Length > 0)
            schema["required"] = Array(required);
        schema["additionalProperties"] = false;
        return schema;
    }

    private static JsonObject Property(RecordShape owner, PropertyShape property, SortedDictionary<string, JsonNode> definitions)
    {
        JsonObject schema = OrNull(Value(property.Shape, PropertyRules.Of(property.Info), definitions, mustBeComplete: false));
        JsonObject described = [];
        if (property.Description is not null)
            described["description"] = property.Description;
        if (owner.DefaultOf(property) is { } value && property.Shape is not (RecordShape or KindsShape))
            described["default"] = Json(RecipeTree.Of(value, property.Shape));
        foreach ((string key, JsonNode? part) in schema.ToArray())
            described[key] = part?.DeepClone();
        return described;
    }

    private static JsonObject Value(Shape shape, PropertyRule rule, SortedDictionary<string, JsonNode> definitions, bool mustBeComplete) => shape switch
    {
        TextShape => Text(rule.Text),
        PathShape => new JsonObject { ["type"] = "string", ["minLength"] = 1 },
        TruthShape => new JsonObject { ["type"] = "boolean" },
        WholeShape => Whole(rule),
        ChoiceShape choice => Choice(choice),
        ListShape list => new JsonObject { ["type"] = "array", ["items"] = Value(list.Element, rule, definitions, mustBeComplete: true) },
        MapShape map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(map.Element, rule, definitions, mustBeComplete: true) },
        RecordShape record => Reference(record, definitions, mustBeComplete),
        KindsShape kinds => new JsonObject { ["anyOf"] = new JsonArray([.. kinds.Kinds.Select(k => Reference(k, definitions, mustBeComplete))]) },
        _ => throw new NotSupportedException($"{shape.GetType().Name} has no schema"),
    };

    private static JsonObject Text(TextRule? rule)
    {
        JsonObject schema = new() { ["type"] = rule is { MayLookLikeNumber: true } ? Array("string", "number") : "string" };
        if (rule?.Pattern is not null)
            schema["pattern"] = rule.Pattern;
        return schema;
    }

    private static JsonObject Whole(PropertyRule rule)
    {
        JsonObject schema = new() { ["type"] = "integer" };
        if (rule.Least != long.MinValue)
            schema["minimum"] = rule.Least;
        if (rule.Most != long.MaxValue)
            schema["maximum"] = rule.Most;
        return schema;
    }

    private static JsonObject Choice(ChoiceShape shape)
    {
        JsonObject schema = new() { ["enum"] = Array([.. shape.Choices.Select(c => c.Word)]) };
        if (shape.Choices.Any(c => c.Description is not null))
            schema["markdownEnumDescriptions"] = Array([.. shape.Choices.Select(c => c.Description ?? c.Word)]);
        return schema;
    }

    /// <summary>A record that is merged with another may be in parts; an entry of a list is always whole.</summary>
    private static JsonObject Reference(RecordShape record, SortedDictionary<string, JsonNode> definitions, bool mustBeComplete)
    {
        string name = record.Type.Name;
        if (!definitions.ContainsKey(name))
        {
            definitions[name] = new JsonObject();
            definitions[name] = Record(record, definitions, mustBeComplete);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    private static JsonObject OrNull(JsonObject schema)
    {
        if (schema["enum"] is JsonArray words)
            words.Add(null);
        else if (schema["anyOf"] is JsonArray alternatives)
            alternatives.Add((JsonNode)new JsonObject { ["type"] = "null" });
        else if (schema["type"] is JsonArray types)
            types.Add("null");
        else if (schema["type"] is JsonValue type)
            schema["type"] = Array(type.GetValue<string>(), "null");
        else
            return new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        return schema;
    }

    /// <summary>What a recipe that stands alone must have, in it and in its groups.</summary>
    private static JsonObject Complete(RecordShape shape)
    {
        JsonObject schema = [];
        string[] required = Required(shape);
        if (required.Length > 0)
            schema["required"] = Array(required);

        JsonObject inner = [];
        foreach (PropertyShape property in shape.Properties)
        {
            JsonObject part = property.Shape switch
            {
                RecordShape record => Complete(record),
                KindsShape kinds => Complete(kinds),
                _ => [],
            };
            if (part.Count > 0)
                inner[property.Key] = part;
        }

        if (inner.Count > 0)
            schema["properties"] = inner;
        return schema;
    }

    private static JsonObject Complete(KindsShape kinds)
    {
        JsonObject schema = new() { ["required"] = Array(KindsShape.KindKey) };
        if (kinds.Kinds.Any(k => Required(k).Length > 1))
            schema["anyOf"] = new JsonArray([.. kinds.Kinds.Select(k => OfKind(k, Required(k)))]);
        return schema;
    }

    private static JsonObject OfKind(RecordShape kind, string[] required) => new()
    {
        ["properties"] = new JsonObject { [KindsShape.KindKey] = new JsonObject { ["const"] = kind.Kind } },
        ["required"] = Array(required),
    };

    private static string[] Required(RecordShape shape) =>
        [.. (shape.Kind is null ? [] : new[] { KindsShape.KindKey }).Concat(shape.Properties.Where(p => p.Required).Select(p => p.Key))];

    private static JsonArray Array(params string[] words) => new([.. words.Select(w => (JsonNode)w)]);

    private static JsonNode? Json(Node node)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
            RecipeWriter.Write(writer, node);
        return JsonNode.Parse(stream.ToArray());
    }
}
