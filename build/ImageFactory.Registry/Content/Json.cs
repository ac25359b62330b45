using System.Text.Json;

namespace ImageFactory.Registry.Content;

/// <summary>Looks into JSON that somebody else wrote.</summary>
internal static class Json
{
    /// <summary>The text of a key, or null when it is absent or null.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static string? Text(JsonElement element, string name) => Find(element, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => throw new FormatException($"'{name}' is no text"),
    };

    public static IReadOnlyDictionary<string, string> Texts(JsonElement element, string name) => Find(element, name) switch
    {
        null => new Dictionary<string, string>(),
        { ValueKind: JsonValueKind.Object } map => ToTexts(map, name),
        _ => throw new FormatException($"'{name}' is no mapping"),
    };

    public static IReadOnlyList<JsonElement> List(JsonElement element, string name) => Find(element, name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray()],
        _ => throw new FormatException($"'{name}' is no list"),
    };

    public static JsonElement? Find(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException("an object is expected");
        return element.TryGetProperty(name, out JsonElement found) && found.ValueKind != JsonValueKind.Null ? found : null;
    }

    private static Dictionary<string, string> ToTexts(JsonElement map, string name)
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (JsonProperty property in map.EnumerateObject())
            texts[property.Name] = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : throw new FormatException($"'{name}' holds more than texts");
        return texts;
    }
}
