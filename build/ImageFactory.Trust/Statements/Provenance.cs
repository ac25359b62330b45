using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Trust.Statements;

/// <summary>Something that went into a build.</summary>
/// <param name="Name">As the manifest or the archive calls it.</param>
/// <param name="Uri">A package URL, where there is one.</param>
public sealed record ResolvedInput(string Name, string? Uri, Sha256 Digest);

/// <summary>
/// How an image came to be, as an SLSA provenance, version 1: who built it from which recipe, inputs and tools, and when. It has wall-clock times,
/// so two builds of the same image differ in it.
/// </summary>
public static class Provenance
{
    /// <summary>The file of a build without a key.</summary>
    public const string UnsignedFile = "provenance.intoto.json";

    /// <summary>The file of a build with a key.</summary>
    public const string SignedFile = "provenance.dsse.json";

    public const string PredicateType = "https://slsa.dev/provenance/v1";

    /// <summary>What the parameters mean is told in the README of the factory's architecture (build/README.md).</summary>
    public const string BuildType = "urn:imagefactory:build:1";

    /// <summary>Anybody's machine: nothing is claimed that a build service would have to prove.</summary>
    public const string Builder = "urn:imagefactory:builder:local";

    /// <param name="subjects">What is stated to have come from this build.</param>
    /// <param name="manifest">Of the build.</param>
    /// <param name="packages">The exact packages that its list of packages stands for.</param>
    public static Statement Of(IReadOnlyList<StatementSubject> subjects, Manifest manifest, IReadOnlyList<ResolvedInput> packages) => new(subjects, PredicateType, new JsonObject
    {
        ["buildDefinition"] = new JsonObject
        {
            ["buildType"] = BuildType,
            ["externalParameters"] = new JsonObject
            {
                ["recipe"] = new JsonObject { ["name"] = manifest.Content.Recipe, ["digest"] = DigestSet(manifest.Content.RecipeDigest) },
                ["architecture"] = JsonSerializer.SerializeToNode(manifest.Content.Architecture, CanonicalJson.Options),
                ["sourceDateEpoch"] = manifest.Content.SourceDateEpoch,
            },
            ["internalParameters"] = new JsonObject
            {
                ["stages"] = new JsonObject(manifest.Run.Stages.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => KeyValuePair.Create(s.Name, (JsonNode?)new JsonObject { ["key"] = s.Key, ["outcome"] = s.Outcome }))),
            },
            ["resolvedDependencies"] = new JsonArray([.. manifest.Content.Inputs.Select(i => new ResolvedInput(i.Name, null, i.Sha256)).Concat(packages).Select(i => (JsonNode)Descriptor(i))]),
        },
        ["runDetails"] = new JsonObject
        {
            ["builder"] = new JsonObject
            {
                ["id"] = Builder,
                ["version"] = new JsonObject(manifest.Content.Tools.Append(new("imagefactory", manifest.Run.FactoryVersion)).OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)JsonValue.Create(t.Value)))),
            },
            ["metadata"] = new JsonObject
            {
                ["startedOn"] = Time(manifest.Run.Started),
                ["finishedOn"] = Time(manifest.Run.Started.AddSeconds(manifest.Run.Seconds)),
            },
        },
    });

    /// <summary>What a provenance says otherwise than the manifest that lies beside it; null when they agree.</summary>
    public static string? Contradiction(Statement statement, Manifest manifest)
    {
        try
        {
            JsonNode? definition = statement.Predicate["buildDefinition"];
            if (statement.PredicateType != PredicateType || (string?)definition?["buildType"] != BuildType)
                return "it is no provenance of this factory";
            if ((string?)definition["externalParameters"]?["recipe"]?["digest"]?["sha256"] != manifest.Content.RecipeDigest.Hex)
                return "it names another recipe";
            HashSet<string> inputs = [.. (definition["resolvedDependencies"]?.AsArray() ?? []).Select(d => (string?)d?["digest"]?["sha256"] ?? "")];
            if (manifest.Content.Inputs.FirstOrDefault(i => !inputs.Contains(i.Sha256.Hex)) is { } input)
                return $"it does not name the input '{input.Name}'";
            return manifest.Run.Stages.FirstOrDefault(s => (string?)definition["internalParameters"]?["stages"]?[s.Name]?["key"] != s.Key) is { } stage
                ? $"it names another key of the stage '{stage.Name}'"
                : null;
        }
        catch (InvalidOperationException)
        {
            return "it is no provenance of this factory";
        }
    }

    private static JsonObject Descriptor(ResolvedInput input)
    {
        JsonObject descriptor = new() { ["name"] = input.Name, ["digest"] = DigestSet(input.Digest) };
        if (input.Uri is not null)
            descriptor["uri"] = input.Uri;
        return descriptor;
    }

    private static JsonObject DigestSet(Sha256 digest) => new() { ["sha256"] = digest.Hex };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
