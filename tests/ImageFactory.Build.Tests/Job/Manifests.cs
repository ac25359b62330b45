using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Recipes.Tests;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ImageFactory.Build.Tests.Job;

/// <summary>Manifests of Kubernetes as they are read there: YAML 1.2 scalars, several documents in a file.</summary>
internal static class Manifests
{
    public const string Space = "openshift-sandboxed-containers-operator";

    private static readonly JsonSchemaCheck Schema = new(
        JsonNode.Parse(File.ReadAllText(Path.Combine(Approved.Root, "tests", "ImageFactory.Build.Tests", "Job", "kubernetes.schema.json")))!.AsObject());

    /// <summary>That of <c>./build.sh --target Test</c>, or an installed one.</summary>
    private static string? Kubectl => new[] { Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin" }
        .Select(f => Path.Combine(f, "kubectl")).FirstOrDefault(File.Exists);

    public static string Folder { get; } = Path.Combine(Approved.Root, "build", "job");

    public static bool IsValid(JsonNode manifest) => Schema.IsValid(manifest);

    public static JsonObject Read(string file) => Parse(File.ReadAllText(Path.Combine(Folder, file))).Single();

    public static IReadOnlyList<JsonObject> Parse(string yaml)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(d => Convert(d.RootNode)!.AsObject())];
    }

    public static IReadOnlyList<JsonObject> Kustomize(string folder)
    {
        Assert.SkipWhen(Kubectl is null, "kubectl is not there");
        using Process process = Process.Start(new ProcessStartInfo(Kubectl!, ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return Manifests.Parse(output);
    }

    /// <summary>What the restricted profile of Pod Security demands, and a root file system that cannot be written to.</summary>
    public static void AssertRestricted(JsonObject pod)
    {
        Assert.True((bool)pod["securityContext"]!["runAsNonRoot"]!);
        Assert.Equal("RuntimeDefault", (string?)pod["securityContext"]!["seccompProfile"]!["type"]);
        Assert.All(pod["containers"]!.AsArray(), c =>
        {
            JsonNode security = c!["securityContext"]!;
            Assert.Null(security["privileged"]);
            Assert.False((bool)security["allowPrivilegeEscalation"]!);
            Assert.True((bool)security["readOnlyRootFilesystem"]!);
            Assert.Equal(["ALL"], security["capabilities"]!["drop"]!.AsArray().Select(d => (string)d!));
            Assert.Null(security["capabilities"]!["add"]);
        });
        Assert.All(pod["volumes"]!.AsArray(), v => Assert.True(v!["emptyDir"] is null || v["emptyDir"]!["sizeLimit"] is not null));
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Convert(c.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } => text switch
        {
            "true" or "false" => JsonValue.Create(text == "true"),
            "null" or "~" or "" => null,
            ['0', _, ..] when text.All(char.IsAsciiDigit) => JsonNode.Parse(System.Convert.ToInt64(text, 8).ToString(CultureInfo.InvariantCulture)),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(text),
        },
        YamlScalarNode quoted => JsonValue.Create(quoted.Value),
        _ => throw new NotSupportedException(node.GetType().Name),
    };
}
