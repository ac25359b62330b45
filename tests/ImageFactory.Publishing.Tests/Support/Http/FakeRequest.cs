using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ImageFactory.Publishing.Tests.Support.Http;

/// <summary>A request as a service sees it.</summary>
internal sealed record FakeRequest(int Index, string Method, string Path, string QueryString, IHeaderDictionary Headers, byte[] Body)
{
    public string Line => $"{Method} {Path}{QueryString}";

    public JsonObject Json => JsonNode.Parse(Body) as JsonObject ?? throw new FormatException("a JSON object is expected");

    public string? Query(string name) => QueryHelpers.ParseQuery(QueryString).TryGetValue(name, out StringValues value) ? value.ToString() : null;

    public string? Header(string name) => Headers.TryGetValue(name, out StringValues value) ? value.ToString() : null;
}

/// <summary>What a service answers.</summary>
internal sealed record FakeAnswer(int Status, byte[] Body, string ContentType = "application/json")
{
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>No answer: the connection breaks.</summary>
    public static FakeAnswer Broken { get; } = new(0, []);

    public static FakeAnswer Empty(int status) => new(status, []);

    public static FakeAnswer Json(int status, JsonNode body) => new(status, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()));

    public FakeAnswer With(string header, string value)
    {
        Headers[header] = value;
        return this;
    }
}
