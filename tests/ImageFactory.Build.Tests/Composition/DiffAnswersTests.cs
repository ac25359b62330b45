using System.Text.Json.Nodes;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Composition.Diff;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Tests.Composition;

/// <summary>What manifests and the documents beside them tell of two builds. Images themselves are compared in the tests of the libraries and end to end.</summary>
public sealed class DiffAnswersTests : IDisposable
{
    private const string OldSbom = """{"components":[{"name":"os"},{"name":"bash","version":"5.2-1","purl":"pkg:deb/debian/bash@5.2-1?arch=amd64"},{"name":"less","version":"1","purl":"pkg:deb/debian/less@1?arch=amd64"}]}""";
    private const string NewSbom = """{"components":[{"name":"os"},{"name":"bash","version":"5.2-2","purl":"pkg:deb/debian/bash@5.2-2?arch=amd64"}]}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Manifests_tell_packages_arguments_calls_and_registers_with_their_causes()
    {
        Put("old", OldSbom);
        Put("new", NewSbom, quiet: false, verdict: "allowed", measured: "b");

        Answer answer = await DiffAsync("old/manifest.json", "new");

        Assert.Equal(ExitCode.Ok, answer.ExitCode);
        Approved.Equal("diff-manifests.txt", answer.Text);
        JsonNode json = JsonNode.Parse(answer.Json!())!;
        Assert.True((bool)json["differs"]!);
        Assert.Equal(["bash 5.2-1 5.2-2", "less 1 "], json["packages"]!.AsArray().Select(p => $"{p!["name"]} {p["before"]} {p["after"]}"));
        Assert.Null(json["files"]);
        Assert.Equal(["PCR11"], json["registers"]!.AsArray().Select(r => (string?)r));
        Assert.Equal(["policy", "files"], json["causes"]!.AsArray().Single(c => (string?)c!["key"] == "agentPolicy.preset")!["reaches"]!.AsArray().Select(r => (string?)r));
    }

    [Fact]
    public async Task The_same_build_twice_differs_nowhere()
    {
        Put("old", OldSbom);
        Put("new", OldSbom);

        Answer answer = await DiffAsync("old", "new");

        Assert.Contains("nothing differs in what was compared", answer.Text, StringComparison.Ordinal);
        Assert.False((bool)JsonNode.Parse(answer.Json!())!["differs"]!);
    }

    [Fact]
    public async Task An_sbom_that_is_not_the_manifest_s_own_is_not_believed()
    {
        Put("old", OldSbom);
        Put("new", NewSbom);
        folder.File("new/sbom.cdx.json", OldSbom);

        JsonNode json = JsonNode.Parse((await DiffAsync("old", "new")).Json!())!;

        Assert.Null(json["packages"]);
        Assert.Contains(json["notCompared"]!.AsArray(), n => ((string)n!).StartsWith("packages: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Long_lists_are_cut_and_shown_whole_on_request()
    {
        string Many(int version) => $$"""{"components":[{{string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"name":"p{{i}}","version":"{{version}}","purl":"pkg:deb/debian/p"}"""))}}]}""";
        Put("old", Many(1));
        Put("new", Many(2));

        string cut = (await DiffAsync("old", "new")).Text;
        string whole = (await DiffAsync("old", "new", all: true)).Text;

        Assert.Equal(20, cut.Split('\n').Count(l => l.StartsWith("  ~ p", StringComparison.Ordinal)));
        Assert.Contains("  and 30 more\n", cut, StringComparison.Ordinal);
        Assert.Contains("--all", cut, StringComparison.Ordinal);
        Assert.Equal(50, whole.Split('\n').Count(l => l.StartsWith("  ~ p", StringComparison.Ordinal)));
        Assert.DoesNotContain("--all", whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_files_of_the_same_bytes_need_no_look_inside()
    {
        folder.File("a.raw", "the same");
        folder.File("b.raw", "the same");

        Answer answer = await DiffAsync("a.raw", "b.raw");

        Assert.Contains("nothing differs", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("not compared", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_of_another_image_is_not_used()
    {
        Put("old", OldSbom);
        folder.File("old/podvm.raw", "some image");
        folder.File("bare.raw", "some image");

        Answer answer = await DiffAsync("old/podvm.raw", "bare.raw");

        Assert.Contains("old/podvm.raw: the manifest beside it is of another image", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere", "IFH121")]
    [InlineData("nowhere.json", "IFH121")]
    [InlineData("empty", "IFH121")]
    [InlineData("measurements.json", "IFH122")]
    [InlineData("broken.json", "IFH122")]
    [InlineData("list.json", "IFH122")]
    [InlineData("twice.json", "IFH122")]
    [InlineData("half.json", "IFH122")]
    [InlineData("bare.raw", "IFH123")]
    public async Task What_cannot_be_compared_is_refused(string name, string code)
    {
        Put("old", OldSbom);
        File.Delete(Path.Combine(folder.Path, "old/podvm.qcow2"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        folder.File("bare.raw", "image");
        folder.File("measurements.json", """{"schema":"image-factory/measurements/1"}""");
        folder.File("broken.json", "{");
        folder.File("list.json", "[1]");
        folder.File("twice.json", """{"schema":"image-factory/manifest/1","schema":"x"}""");
        folder.File("half.json", """{"schema":"image-factory/manifest/1"}""");

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => DiffAsync(name, "old"));

        Assert.Equal(code, refused.Faults[0].Code);
    }

    private Task<Answer> DiffAsync(string before, string after, bool all = false) => DiffAnswers.DiffAsync(
        new DiffQuestion((Path.Combine(folder.Path, before), before), (Path.Combine(folder.Path, after), after), all),
        () => throw new InvalidOperationException("no tools are needed for manifests"),
        new FakePrograms(_ => throw new InvalidOperationException("nothing is started for manifests")),
        TestContext.Current.CancellationToken);

    private void Put(string name, string sbom, bool quiet = true, string verdict = "denied", string measured = "a")
    {
        folder.File($"{name}/sbom.cdx.json", sbom);
        Sha256 digest = new(new string('a', 64));
        Manifest manifest = new()
        {
            Content = new ManifestContent
            {
                Recipe = "podvm",
                RecipeDigest = digest,
                Architecture = Model.Architecture.X64,
                SourceDateEpoch = 1750000000,
                Debug = false,
                Artifacts = [new ManifestArtifact("podvm.qcow2", "disk", 4096, digest), new ManifestArtifact("sbom.cdx.json", "sbom", sbom.Length, Sha256.Of(sbom))],
                Disk = new DiskFacts("qcow2", 4096, Guid.Empty, []),
                Uki = new UkiFacts(digest, 1, quiet ? "roothash=1 quiet" : "roothash=1", "1", "6.1", null, false, []),
                AgentPolicy = new AgentPolicyFacts("coco", "/etc/policy.rego", digest, "4.1", new Dictionary<string, string> { ["ExecProcessRequest"] = verdict, ["GetMetricsRequest"] = "allowed" }),
                Measurements = new Dictionary<string, IReadOnlyList<string>> { ["PCR4"] = [new string('c', 64)], ["PCR11"] = [new string(measured[0], 64)] },
                Inputs = [],
                Tools = new Dictionary<string, string>(),
                Stages = new Dictionary<string, Sha256>(),
            },
            Run = new ManifestRun
            {
                Started = DateTimeOffset.UnixEpoch,
                Seconds = 3,
                FactoryVersion = "1.0",
                Stages = [],
                Warnings = [],
                BootCheck = new BootCheckFacts("not-run", "not asked"),
                Recipe =
                [
                    new ManifestRecipeValue("agentPolicy.preset", verdict == "denied" ? "coco" : "allow-all", "podvm.yaml:7:3"),
                    .. quiet ? [new ManifestRecipeValue("system.kernelArguments[0]", "quiet", "podvm.yaml:9:5")] : Array.Empty<ManifestRecipeValue>(),
                ],
            },
        };
        folder.File($"{name}/manifest.json", CanonicalJson.Write(manifest));
    }
}
