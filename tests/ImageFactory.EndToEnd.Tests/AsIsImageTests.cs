using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>A finished image, made by the default recipe, is taken as it is: out of a container image in a registry, and from a file.</summary>
[Trait("needs", "mmdebstrap, package mirror, docker-registry, qemu-img")]
[Collection(nameof(FirstBuild))]
public sealed class AsIsImageTests
{
    private readonly FirstBuild first;

    public AsIsImageTests(FirstBuild first)
    {
        this.first = first;
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");
        Assert.True(first.Outcome!.ExitCode == 0, first.Outcome.ToString());
    }

    private Workshop Here => first.Workshop!;

    [Fact]
    public async Task Out_of_a_registry_it_comes_bit_by_bit_with_the_measurements_of_the_build_that_made_it()
    {
        Assert.SkipWhen(RealRegistry.Missing is not null, RealRegistry.Missing ?? "");
        await using RealRegistry registry = await RealRegistry.StartAsync(CancellationToken.None);
        string folder = Directory.CreateDirectory(Path.Combine(Here.Folder, "as-is")).FullName;
        string output = Path.Combine(folder, "output");
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(folder, "base.yaml"));
        string maker = Write(folder, "maker.yaml", $"extends: base.yaml\npublish: [{{ kind: oci-image, image: '{registry.Host}/org/podvm:1' }}]\n");
        string taker = Write(folder, "taker.yaml", $"name: taken\nbase: {{ kind: oci, image: 'oci::{registry.Host}/org/podvm:1', asIs: true }}\npublish: [{{ kind: directory, path: out }}]\n");
        Dictionary<string, string> login = new() { ["XDG_CONFIG_HOME"] = Trust(registry, folder) };

        Outcome pushed = await RunAsync("publish", maker, Path.Combine(folder, "made"), login);
        Outcome taken = await RunAsync("publish", taker, output, login);
        Outcome again = await RunAsync("publish", taker, output, login);
        Outcome unchanged = await RunAsync("plan", taker, output, login, "--check-upstream");
        Outcome moved = await RunAsync(
            "publish", Write(folder, "mover.yaml", $"extends: base.yaml\npublish: [{{ kind: oci-artifact, image: '{registry.Host}/org/podvm:1' }}]\n"), Path.Combine(folder, "made"), login);
        Outcome changed = await RunAsync("plan", taker, output, login, "--check-upstream");
        Outcome unbuilt = await RunAsync("plan", taker, Path.Combine(folder, "nowhere"), login, "--check-upstream");

        Assert.True(pushed.ExitCode == 0, pushed.ToString());
        Assert.True(taken.ExitCode == 0, taken.ToString());
        Assert.True(again.ExitCode == 0, again.ToString());
        byte[] made = SHA256.HashData(File.ReadAllBytes(Here.Artifact("podvm.qcow2")));
        Assert.Equal(made, SHA256.HashData(File.ReadAllBytes(Here.Artifact("podvm.qcow2", output, "taken"))));
        Assert.Equal(made, SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "out", "taken.qcow2"))));
        JsonNode manifest = Here.Manifest(output, "taken");
        Assert.Equal(Here.Manifest()["content"]!["measurements"]!.ToJsonString(), manifest["content"]!["measurements"]!.ToJsonString());
        Assert.Equal(Here.Manifest()["content"]!["disk"]!.ToJsonString(), manifest["content"]!["disk"]!.ToJsonString());
        Assert.Equal(["disk", "fetch-base", "measure", "resolve-base"], manifest["run"]!["stages"]!.AsArray().Select(s => (string)s!["name"]!).Order(StringComparer.Ordinal));
        Assert.Empty(Here.Built(output, "taken"));
        Assert.True(unchanged.ExitCode == 0, unchanged.ToString());
        Assert.True(moved.ExitCode == 0, moved.ToString());
        Assert.True(changed.ExitCode == 100 && changed.Output.StartsWith("new       resolve-base: ", StringComparison.Ordinal), changed.ToString());
        Assert.Equal(100, unbuilt.ExitCode);
    }

    [Fact]
    public async Task A_raw_file_becomes_a_qcow2_with_the_same_disk_and_what_cannot_be_predicted_is_told()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Here.Folder, "as-is-raw")).FullName;
        string raw = Path.Combine(folder, "podvm.raw");
        Tool("qemu-img", "convert", "-O", "raw", Here.Artifact("podvm.qcow2"), raw);
        File.WriteAllBytes(Path.Combine(folder, "empty.raw"), new byte[1 << 20]);
        string output = Path.Combine(folder, "output");

        Outcome taken = await RunAsync("build", Write(folder, "file.yaml", "name: from-file\nbase: { kind: qcow2, path: podvm.raw, asIs: true }\n"), output);
        Outcome empty = await RunAsync("build", Write(folder, "empty.yaml", "name: unpredicted\nbase: { kind: qcow2, path: empty.raw, asIs: true }\ndisk: { format: raw }\n"), output);
        Outcome check = await RunAsync("boot-check", Path.Combine(folder, "file.yaml"), output);

        Assert.True(taken.ExitCode == 0, taken.ToString());
        Tool("qemu-img", "check", Here.Artifact("podvm.qcow2", output, "from-file"));
        Tool("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, Here.Artifact("podvm.qcow2", output, "from-file"));
        Assert.Equal(
            Here.Manifest()["content"]!["measurements"]!.ToJsonString(), Here.Manifest(output, "from-file")["content"]!["measurements"]!.ToJsonString());
        Assert.True(empty.ExitCode == 0, empty.ToString());
        Assert.Null(Here.Manifest(output, "unpredicted")["content"]!["measurements"]);
        Assert.Contains(Here.Manifest(output, "unpredicted")["run"]!["warnings"]!.AsArray(), w => ((string)w!).Contains("IFM407", StringComparison.Ordinal));
        Assert.Equal(new byte[1 << 20], File.ReadAllBytes(Here.Artifact("podvm.raw", output, "unpredicted")));
        Assert.True(check.ExitCode == 65 && check.Errors.Contains("IFH106", StringComparison.Ordinal), check.ToString());
    }

    private Task<Outcome> RunAsync(string verb, string recipe, string output, Dictionary<string, string>? environment = null, params string[] more) =>
        Factory.RunAsync([verb, "--recipe", recipe, "--log", "plain", "--store", Here.Store, "--output", output, .. more], Here.Folder, environment: environment);

    private static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The registry's authority and login where podman looks for them below a configuration folder.</summary>
    private static string Trust(RealRegistry registry, string folder)
    {
        string configuration = Path.Combine(folder, "configuration");
        string certificates = Directory.CreateDirectory(Path.Combine(configuration, "containers", "certs.d", registry.Host)).FullName;
        File.Copy(Path.Combine(registry.CertificateFolder, registry.Host, "ca.crt"), Path.Combine(certificates, "ca.crt"));
        File.Copy(registry.AuthFile, Path.Combine(configuration, "containers", "auth.json"));
        return configuration;
    }

    private static void Tool(string program, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
