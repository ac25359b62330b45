using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Publishing.Tests.Aws;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>One run with several destinations, one of which fails, and a secret in its environment. Goes on from the shared build: no stage runs.</summary>
[Trait("needs", "mmdebstrap, package mirror")]
[Collection(nameof(FirstBuild))]
public sealed class SeveralDestinationsTests
{
    private const string Canary = AwsFake.SecretKey;

    private readonly FirstBuild first;

    public SeveralDestinationsTests(FirstBuild first)
    {
        this.first = first;
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");
        Assert.True(first.Outcome!.ExitCode == 0, first.Outcome.ToString());
    }

    private Workshop Here => first.Workshop!;

    [Fact]
    public async Task Each_has_its_own_result_and_the_secret_is_nowhere()
    {
        await using AwsFake aws = await AwsFake.StartAsync();
        string folder = Directory.CreateDirectory(Path.Combine(Here.Folder, "several")).FullName;
        string recipe = Path.Combine(folder, "recipe.yaml");
        string output = Path.Combine(folder, "output");
        // With its ending and that of an unfinished part this name is longer than a file's may be, which only the write finds out.
        string impossible = new('n', 245);
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(folder, "base.yaml"), overwrite: true);
        File.WriteAllText(recipe, $$"""
            extends: base.yaml
            publish:
              - { kind: directory, label: one, path: one }
              - { kind: directory, label: broken, path: broken, name: {{impossible}} }
              - { kind: directory, label: two, path: two, formats: [raw] }
              - { kind: ami, label: amazon, region: eu-central-1 }
            """);
        Dictionary<string, string> environment = new() { ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId, ["AWS_SECRET_ACCESS_KEY"] = Canary, ["AWS_ENDPOINT_URL"] = aws.Address };

        Outcome outcome = await Factory.RunAsync(["publish", "--log", "plain", "--verbose", "--recipe", recipe, "--store", Here.Store, "--output", output], environment: environment);
        aws.Forbidden.Add("RegisterImage");
        Outcome refused = await Factory.RunAsync(["publish", "--log", "json", "--recipe", recipe, "--store", Here.Store, "--output", Path.Combine(folder, "refused")], environment: environment);

        Assert.True(outcome.ExitCode == 73, outcome.ToString());
        JsonNode run = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "podvm-debian-dev", "manifest.json")))!["run"]!;
        Assert.Equal(["amazon", "one", "two"], run["publications"]!.AsArray().Select(p => (string)p!["destination"]!).Order(StringComparer.Ordinal));
        Assert.Equal(["broken"], run["failedPublications"]!.AsArray().Select(p => (string)p!["destination"]!));
        Assert.Contains("broken: IFU201", outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "one", "podvm-debian-dev.qcow2")));
        Assert.True(File.Exists(Path.Combine(folder, "two", "podvm-debian-dev.raw")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "broken")));
        Assert.Contains(Assert.Single(aws.Images).Id, outcome.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, refused.ExitCode);

        Assert.All((string[])[outcome.Output, outcome.Errors, refused.Output, refused.Errors], t => Assert.DoesNotContain(Canary, t, StringComparison.Ordinal));
        Assert.All(
            Written(output).Concat(Written(Path.Combine(Here.Store, "publishing"))),
            file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) < 0, $"{file} has the secret"));
    }

    /// <summary>Logs, which have the arguments of every program that was started, manifests, journals; not the disk.</summary>
    private static IEnumerable<string> Written(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".qcow2", StringComparison.Ordinal)) : [];
}
