using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageFactory.Recipes.Tests;

/// <summary>The keywords of JSON schema that the schema of recipes uses, as draft 2020-12 has them. An unknown keyword is a failure.</summary>
internal sealed class JsonSchemaCheck(JsonObject root)
{
    private static readonly string[] Annotations = ["$schema", "$defs", "title", "description", "default", "markdownEnumDescriptions", "else", "required", "properties", "additionalProperties"];

    public bool IsValid(JsonNode? value) => IsValid(value, root);

    private bool IsValid(JsonNode? value, JsonNode? schema) =>
        schema is JsonValue boolean ? boolean.GetValue<bool>() : schema!.AsObject().All(keyword => Holds(keyword.Key, keyword.Value, value)) && IsValidObject(value, schema.AsObject());

    private bool Holds(string keyword, JsonNode? argument, JsonNode? value) => keyword switch
    {
        "type" => argument is JsonArray types ? types.Any(t => IsType(value, t!.GetValue<string>())) : IsType(value, argument!.GetValue<string>()),
        "enum" => argument!.AsArray().Any(a => JsonNode.DeepEquals(a, value)),
        "const" => JsonNode.DeepEquals(argument, value),
        "anyOf" => argument!.AsArray().Any(s => IsValid(value, s)),
        "$ref" => IsValid(value, root["$defs"]![argument!.GetValue<string>()["#/$defs/".Length..]]),
        "pattern" => !IsType(value, "string") || Regex.IsMatch(value!.GetValue<string>(), argument!.GetValue<string>(), RegexOptions.ECMAScript, TimeSpan.FromSeconds(1)),
        "minLength" => !IsType(value, "string") || value!.GetValue<string>().Length >= argument!.GetValue<int>(),
        "minimum" => !IsType(value, "integer") || value!.GetValue<long>() >= argument!.GetValue<long>(),
        "maximum" => !IsType(value, "integer") || value!.GetValue<long>() <= argument!.GetValue<long>(),
        "items" => value is not JsonArray list || list.All(i => IsValid(i, argument)),
        "if" => true,
        _ => Annotations.Contains(keyword) ? true : throw new NotSupportedException(keyword),
    };

    private bool IsValidObject(JsonNode? value, JsonObject schema)
    {
        if (value is not JsonObject members)
            return true;
        JsonObject known = schema["properties"]?.AsObject() ?? [];
        bool complete = schema["required"]?.AsArray().All(r => members.ContainsKey(r!.GetValue<string>())) ?? true;
        bool branch = schema["if"] is null || IsValid(value, schema["if"]) || IsValid(value, schema["else"]);
        return complete && branch && members.All(m => known.ContainsKey(m.Key) ? IsValid(m.Value, known[m.Key]) : schema["additionalProperties"] is not { } others || IsValid(m.Value, others));
    }

    private static bool IsType(JsonNode? value, string type) => (type, value?.GetValueKind()) switch
    {
        ("null", null) => true,
        ("object", System.Text.Json.JsonValueKind.Object) or ("array", System.Text.Json.JsonValueKind.Array) or ("string", System.Text.Json.JsonValueKind.String) => true,
        ("boolean", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False) => true,
        ("number", System.Text.Json.JsonValueKind.Number) => true,
        ("integer", System.Text.Json.JsonValueKind.Number) => value!.AsValue().TryGetValue(out long _),
        _ => false,
    };
}
