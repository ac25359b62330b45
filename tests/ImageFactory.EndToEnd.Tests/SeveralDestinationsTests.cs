using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Publishing.Tests.Aws;
using ImageFactory.Publishing.Tests.Support;

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
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(folder, "base.yaml"), overwrite: true);
        File.WriteAllText(recipe, $$"""
            extends: base.yaml
            publish:
              - { kind: directory, label: one, path: one }
              - { kind: directory, label: two, path: two, formats: [raw] }
              - { kind: ami, label: amazon, region: eu-central-1 }
            """);
        Dictionary<string, string> environment = new() { ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId, ["AWS_SECRET_ACCESS_KEY"] = Canary, ["AWS_ENDPOINT_URL"] = aws.Address };

        // A right is taken away while blocks are sent, after all checks: the other destinations do not mind. The rerun has only this left to do.
        aws.Faults.At = 60;
        aws.Faults.Kind = FaultKind.Denied;
        Outcome refused = await PublishAsync();
        JsonNode first = RunOf(output);
        aws.Faults.At = 0;
        Outcome outcome = await PublishAsync();
        JsonNode second = RunOf(output);

        Assert.True(refused.ExitCode == 77, refused.ToString());
        Assert.Equal(["one", "two"], Published(first));
        Assert.Equal(["amazon"], first["failedPublications"]!.AsArray().Select(p => (string)p!["destination"]!));
        Assert.Contains("amazon: IFU3", refused.Output + refused.Errors, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "one", "podvm-debian-dev.qcow2")));
        Assert.True(File.Exists(Path.Combine(folder, "two", "podvm-debian-dev.raw")));
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(["amazon", "one", "two"], Published(second));
        Assert.Contains(Assert.Single(aws.Images).Id, outcome.Output, StringComparison.Ordinal);

        Assert.All((string[])[outcome.Output, outcome.Errors, refused.Output, refused.Errors], t => Assert.DoesNotContain(Canary, t, StringComparison.Ordinal));
        Assert.All(
            Written(output).Concat(Written(Path.Combine(Here.Store, "publishing"))),
            file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) < 0, $"{file} has the secret"));

        Task<Outcome> PublishAsync() =>
            Factory.RunAsync(["publish", "--log", "plain", "--verbose", "--recipe", recipe, "--store", Here.Store, "--output", output], environment: environment);
    }

    private static JsonNode RunOf(string output) => JsonNode.Parse(File.ReadAllText(Path.Combine(output, "podvm-debian-dev", "manifest.json")))!["run"]!;

    private static IEnumerable<string> Published(JsonNode run) => run["publications"]!.AsArray().Select(p => (string)p!["destination"]!).Order(StringComparer.Ordinal);

    /// <summary>Logs, which have the arguments of every program that was started, manifests, journals; not the disk.</summary>
    private static IEnumerable<string> Written(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".qcow2", StringComparison.Ordinal)) : [];
}
