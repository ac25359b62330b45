using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;

namespace ImageFactory.Trust.Statements;

/// <summary>What a statement is about.</summary>
/// <param name="Name">Of the file or repository; unique in the statement. Readers match by digest alone.</param>
public sealed record StatementSubject(string Name, Sha256 Digest);

/// <summary>An in-toto statement, version 1.</summary>
/// <param name="Subjects">At least one.</param>
/// <param name="PredicateType">A URI that says what the predicate means.</param>
public sealed record Statement(IReadOnlyList<StatementSubject> Subjects, string PredicateType, JsonObject Predicate)
{
    private const string Type = "https://in-toto.io/Statement/v1";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" };

    public byte[] ToJson() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["_type"] = Type,
        ["subject"] = new JsonArray([.. Subjects.Select(s => (JsonNode)new JsonObject { ["name"] = s.Name, ["digest"] = new JsonObject { ["sha256"] = s.Digest.Hex } })]),
        ["predicateType"] = PredicateType,
        ["predicate"] = Predicate.DeepClone(),
    }.ToJsonString(Options) + "\n");

    /// <exception cref="FormatException">It is no such statement, or says nothing by SHA-256.</exception>
    public static Statement Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            JsonNode? statement = JsonNode.Parse(json);
            if ((string?)statement?["_type"] != Type)
                throw new FormatException($"it is no statement of the type {Type}");
            string predicateType = (string?)statement["predicateType"] ?? throw new FormatException("it has no predicateType");
            List<StatementSubject> subjects = [];
            foreach (JsonNode? subject in statement["subject"]?.AsArray() ?? [])
            {
                if ((string?)subject?["digest"]?["sha256"] is { } hex)
                    subjects.Add(new StatementSubject((string?)subject["name"] ?? "", new Sha256(hex)));
            }

            return subjects.Count > 0
                ? new Statement(subjects, predicateType, statement["predicate"]?.AsObject() ?? [])
                : throw new FormatException("it has no subject with a SHA-256 digest");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("it is no statement in JSON", e);
        }
    }
}
