using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>Several machines, each a process with a store of its own, that share outputs of stages through a real registry.</summary>
[Trait("needs", "docker-registry")]
public sealed class SharedStoreTests : IAsyncLifetime
{
    private static readonly string[] Shareable = ["disk", "fetch-base", "measure"];

    private readonly string folder = Directory.CreateTempSubdirectory("shared store ").FullName;
    private RealRegistry? registry;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RealRegistry.Missing is not null, RealRegistry.Missing ?? "");
        registry = await RealRegistry.StartAsync(CancellationToken.None);
        string certificates = Directory.CreateDirectory(Path.Combine(folder, "configuration", "containers", "certs.d", registry.Host)).FullName;
        File.Copy(Path.Combine(registry.CertificateFolder, registry.Host, "ca.crt"), Path.Combine(certificates, "ca.crt"));
        File.Copy(registry.AuthFile, Path.Combine(folder, "configuration", "containers", "auth.json"));

        // A disk as far as one can tell, of bytes that nothing compresses; it goes into the registry as the factory itself puts it there.
        byte[] disk = RandomNumberGenerator.GetBytes(48 << 20);
        (disk[510], disk[511]) = (0x55, 0xaa);
        File.WriteAllBytes(Path.Combine(folder, "disk.raw"), disk);
        Outcome pushed = await WorkAsync("publish", "maker", $"name: maker\nbase: {{ kind: qcow2, path: disk.raw, asIs: true }}\npublish: [{{ kind: oci-image, image: '{registry.Host}/org/podvm:1' }}]\n", share: false);
        Assert.True(pushed.ExitCode == 0, pushed.ToString());
    }

    [Fact]
    public async Task What_two_begin_together_is_made_once_and_who_comes_later_makes_nothing()
    {
        Outcome[] together = await Task.WhenAll(WorkAsync("build", "one", Taker), WorkAsync("build", "two", Taker));
        Outcome later = await WorkAsync("build", "three", Taker);

        Assert.All([.. together, later], o => Assert.True(o.ExitCode == 0, o.ToString()));
        Assert.Equal(Shareable, Built("one").Concat(Built("two")).Intersect(Shareable).Order(StringComparer.Ordinal));
        Assert.Equal(Shareable.Length, Built("one").Concat(Built("two")).Count(Shareable.Contains));
        Assert.Equal(["resolve-base"], Built("three"));
        Assert.Single(new[] { "one", "two", "three" }.Select(w => Content(w)).Distinct());
    }

    [Fact]
    public async Task What_a_killed_machine_had_finished_is_not_made_again_and_what_it_had_begun_is_taken_over()
    {
        using (Process killed = Factory.Start(Arguments("build", "killed", Taker), folder, Environment))
        {
            _ = killed.StandardError.ReadToEndAsync(Cancellation);
            _ = killed.StandardOutput.ReadToEndAsync(Cancellation);
            string tags = Path.Combine(registry!.Folder, "data", "docker", "registry", "v2", "repositories", "org", "stages", "_manifests", "tags");
            Stopwatch limit = Stopwatch.StartNew();
            while (!Directory.Exists(tags) || !Directory.EnumerateDirectories(tags, "stage-*").Any())
            {
                Assert.True(limit.Elapsed < TimeSpan.FromMinutes(2) && !killed.HasExited, "the first stage did not come");
                await Task.Delay(20, Cancellation);
            }

            killed.Kill();
            await killed.WaitForExitAsync(Cancellation);
        }

        Outcome survivor = await WorkAsync("build", "survivor", Taker);

        Assert.True(survivor.ExitCode == 0, survivor.ToString());
        Assert.False(File.Exists(Path.Combine(folder, "killed", "out", "taker", "manifest.json")), "the machine ended before it was killed");
        Assert.DoesNotContain("fetch-base", Built("survivor"));
        Assert.Contains("measure", Built("survivor"));
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_is_a_warning_and_one_that_lies_is_not_believed()
    {
        Outcome alone = await Factory.RunAsync([.. Arguments("build", "alone", Taker, share: false), "--shared-store", "127.0.0.1:1/org/stages"], folder, environment: Environment);
        Outcome first = await WorkAsync("build", "first", Taker);

        // A tag of another stage's output: digests of blobs are right, and it is another key.
        string tags = Path.Combine(registry!.Folder, "data", "docker", "registry", "v2", "repositories", "org", "stages", "_manifests", "tags");
        string[] stages = [.. Directory.EnumerateDirectories(tags, "stage-*").Order(StringComparer.Ordinal)];
        string lie = File.ReadAllText(Path.Combine(stages[0], "current", "link"));
        foreach (string stage in stages)
            File.WriteAllText(Path.Combine(stage, "current", "link"), lie);
        Outcome lied = await WorkAsync("build", "lied", Taker);

        Assert.True(alone.ExitCode == 0 && first.ExitCode == 0 && lied.ExitCode == 0, $"{alone}\n{first}\n{lied}");
        Assert.Contains("IFP118", alone.Errors, StringComparison.Ordinal);
        Assert.Equal(3, stages.Length);
        Assert.Contains("IFP119", lied.Errors, StringComparison.Ordinal);
        Assert.Equal(2, Built("lied").Count(Shareable.Contains));
        Assert.Equal(Content("first"), Content("lied"));
    }

    public async ValueTask DisposeAsync()
    {
        if (registry is not null)
            await registry.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Taker => $"name: taker\nbase: {{ kind: oci, image: '{registry!.Host}/org/podvm:1', asIs: true }}\ndisk: {{ format: raw }}\n";

    private Dictionary<string, string> Environment => new() { ["XDG_CONFIG_HOME"] = Path.Combine(folder, "configuration") };

    private Task<Outcome> WorkAsync(string verb, string machine, string recipe, bool share = true) =>
        Factory.RunAsync(Arguments(verb, machine, recipe, share), folder, environment: Environment);

    /// <summary>A machine is a store and an output folder.</summary>
    private string[] Arguments(string verb, string machine, string recipe, bool share = true)
    {
        string own = Directory.CreateDirectory(Path.Combine(folder, machine)).FullName;
        string file = Path.Combine(folder, $"{machine}.yaml");
        File.WriteAllText(file, recipe);
        string[] arguments = [verb, "--log", "plain", "--recipe", file, "--store", Path.Combine(own, "store"), "--output", Path.Combine(own, "out")];
        return share ? [.. arguments, "--shared-store", $"{registry!.Host}/org/stages"] : arguments;
    }

    private JsonNode Manifest(string machine) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, machine, "out", "taker", "manifest.json")))!;

    /// <summary>All of the reproducible part but the digest of the recipe's file, which is another file for each machine.</summary>
    private string Content(string machine)
    {
        JsonNode content = Manifest(machine)["content"]!;
        content.AsObject().Remove("inputs");
        return content.ToJsonString();
    }

    private string[] Built(string machine) => [.. Manifest(machine)["run"]!["stages"]!.AsArray().Where(s => (string?)s!["outcome"] == "built").Select(s => (string)s!["name"]!)];
}
