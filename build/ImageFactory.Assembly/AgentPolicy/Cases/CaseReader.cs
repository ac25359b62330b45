using System.Globalization;
using System.Text.Json;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>Reads a file of cases: a JSON list. Everything that is wrong in it is told at once, with its line.</summary>
internal ref struct CaseReader
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly string name;
    private readonly ReadOnlySpan<byte> text;
    private readonly AgentApiRelease api;
    private readonly List<Fault> faults;
    private Utf8JsonReader json;
    private long counted;
    private int line = 1;

    private CaseReader(string name, ReadOnlySpan<byte> text, AgentApiRelease api, List<Fault> faults)
    {
        this.name = name;
        this.text = text;
        this.api = api;
        this.faults = faults;
        json = new Utf8JsonReader(text);
    }

    /// <param name="name">How faults name the file.</param>
    /// <param name="api">Whose calls there are.</param>
    public static IReadOnlyList<PolicyCase> Read(string name, ReadOnlySpan<byte> text, AgentApiRelease api, List<Fault> faults)
    {
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        CaseReader reader = new(name, text, api, faults);
        try
        {
            return reader.ReadAll();
        }
        catch (JsonException e)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{name}:{(e.LineNumber ?? 0) + 1}:{(e.BytePositionInLine ?? 0) + 1}");
            faults.Add(CaseFaults.NoJson(place, e.Message.Split(" LineNumber")[0].TrimEnd('.')));
            return [];
        }
    }

    private List<PolicyCase> ReadAll()
    {
        List<PolicyCase> cases = [];
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            faults.Add(CaseFaults.NoList(Here()));
            return cases;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                faults.Add(CaseFaults.NoObject(Here()));
                json.Skip();
            }
            else if (ReadCase() is { } found)
            {
                cases.Add(found);
            }
        }

        // What stands behind the list is no JSON any more.
        json.Read();
        return cases;
    }

    private PolicyCase? ReadCase()
    {
        string place = Here();
        int before = faults.Count;
        Dictionary<string, string?> values = new(StringComparer.Ordinal);
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            string at = Here();
            string? key = Text();
            json.Read();
            if (key is not ("name" or "request" or "input" or "expect"))
            {
                faults.Add(CaseFaults.Unknown(at, key ?? "?"));
                json.Skip();
            }
            else if (values.ContainsKey(key))
            {
                faults.Add(CaseFaults.Twice(at, key));
                json.Skip();
            }
            else
            {
                values[key] = key == "input" ? ReadInput() : ReadText(key);
            }
        }

        foreach (string key in new[] { "name", "request", "input", "expect" }.Where(k => !values.ContainsKey(k)))
            faults.Add(CaseFaults.Missing(place, key));
        return faults.Count > before ? null : new PolicyCase(values["name"]!, values["request"]!, values["input"]!, values["expect"] == "allow", place);
    }

    private string? ReadText(string key)
    {
        string at = Here();
        string? found = json.TokenType == JsonTokenType.String ? Text() : null;
        json.Skip();
        if (string.IsNullOrWhiteSpace(found))
            faults.Add(CaseFaults.NoText(at, key));
        else if (key == "expect" && found is not ("allow" or "deny"))
            faults.Add(CaseFaults.BadExpectation(at, found));
        else if (key == "request" && !IsAsked(found))
            faults.Add(CaseFaults.UnknownRequest(at, found, MeantBy(found), api.Release.ToString()));
        return found;
    }

    private readonly bool IsAsked(string request) => api.Calls.Any(c => c.Name == request);

    /// <summary>The call whose RPC has this name, else the nearest in letters.</summary>
    private readonly string? MeantBy(string request) =>
        api.Calls.FirstOrDefault(c => c.Rpcs.Contains(request, StringComparer.OrdinalIgnoreCase))?.Name ?? NearestName.Of(request, api.Calls.Select(c => c.Name));

    private string? ReadInput()
    {
        string at = Here();
        int start = (int)json.TokenStartIndex;
        bool isObject = json.TokenType == JsonTokenType.StartObject;
        json.Skip();
        if (!isObject)
        {
            faults.Add(CaseFaults.BadInput(at, "it is no object"));
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text[start..(int)json.BytesConsumed].ToArray(), Strict);
            return JsonSerializer.Serialize(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            faults.Add(CaseFaults.BadInput(at, e.Message.Split(" LineNumber")[0].TrimEnd('.')));
            return null;
        }
    }

    /// <summary>Null for a text that is no Unicode, such as half a surrogate pair.</summary>
    private readonly string? Text()
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private string Here()
    {
        long at = json.TokenStartIndex;
        line += text[(int)counted..(int)at].Count((byte)'\n');
        counted = at;
        return string.Create(CultureInfo.InvariantCulture, $"{name}:{line}");
    }
}
