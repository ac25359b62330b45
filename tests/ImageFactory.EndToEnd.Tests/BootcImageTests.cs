using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>A bootable container from Debian packages, built by podman, becomes a measured disk that boots: no registry is asked for anything.</summary>
[Trait("needs", "mmdebstrap, package mirror, podman, root")]
public sealed class BootcImageTests : IDisposable
{
    private const string Name = "podvm-debian-bootc";
    private readonly Workshop here = new("bootc");
    private readonly string podman = Directory.CreateTempSubdirectory("podman-end-to-end-").FullName;

    private static string? Missing =>
        Factory.Missing ?? (!Environment.IsPrivilegedProcess ? "this test runs podman as root" : !File.Exists("/usr/bin/podman") ? "podman is not installed" : null);

    public void Dispose()
    {
        here.Dispose();
        // podman keeps its storage mounted upon itself.
        using (Process process = Process.Start(new ProcessStartInfo("umount", ["--lazy", Path.Combine(podman, "graph", "overlay")]) { RedirectStandardError = true })!)
            process.WaitForExit();
        Directory.Delete(podman, recursive: true);
    }

    [Fact]
    public async Task A_container_that_podman_builds_becomes_a_disk_that_boots_as_predicted()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        string first = here.Output;
        string second = Path.Combine(here.Folder, "policy");

        Outcome booted = await RunAsync("--target", "BootCheck", "--output", first);
        JsonNode manifest = Manifest(first);
        Outcome changed = await RunAsync("build", "--output", second, "--set", "agentPolicy.preset=allow-all");
        string[] left = [.. Podman("ps", "--all", "--quiet").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

        Assert.True(booted.ExitCode == 0, booted.ToString());
        Assert.Equal("passed", (string?)manifest["run"]!["bootCheck"]!["status"]);
        Assert.Contains("pcr11", manifest["run"]!["bootCheck"]!["confirmed"]!.AsArray().Select(c => (string?)c));
        Assert.Equal(3, manifest["content"]!["disk"]!["partitions"]!.AsArray().Count);
        Assert.True(changed.ExitCode == 0, changed.ToString());
        string[] built = [.. Manifest(second)["run"]!["stages"]!.AsArray().Where(s => (string?)s!["outcome"] == "built").Select(s => (string)s!["name"]!).Order(StringComparer.Ordinal)];
        Assert.Equal(["assemble-root", "disk", "measure", "root-image", "sbom", "uki", "verity"], built);
        Assert.Empty(left);
    }

    private static JsonNode Manifest(string output) => JsonNode.Parse(File.ReadAllText(Path.Combine(output, Name, "manifest.json")))!;

    private Task<Outcome> RunAsync(params string[] arguments) => Factory.RunAsync(
        [.. arguments, "--recipe", Path.Combine(Factory.Root, "recipes", "bootc-debian.yaml"), "--store", here.Store, "--log", "plain"], here.Folder, environment: Configure());

    /// <summary>Storage of its own; limits below the hard ones of any machine, and runc where it is, since crun does not start in every container.</summary>
    private Dictionary<string, string> Configure()
    {
        string configuration = Path.Combine(podman, "containers.conf");
        string storage = Path.Combine(podman, "storage.conf");
        string runtime = File.Exists("/usr/sbin/runc") || File.Exists("/usr/bin/runc") ? "runtime = \"runc\"\n" : "";
        File.WriteAllText(configuration, $"[containers]\ndefault_ulimits = [\"nofile=4096:4096\", \"nproc=4096:4096\"]\nnetns = \"host\"\n[engine]\n{runtime}cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n");
        File.WriteAllText(storage, $"[storage]\ndriver = \"overlay\"\ngraphroot = \"{podman}/graph\"\nrunroot = \"{podman}/run\"\n");
        return new Dictionary<string, string> { ["CONTAINERS_CONF"] = configuration, ["CONTAINERS_STORAGE_CONF"] = storage, ["CONTAINER_HOST"] = "", ["DOCKER_HOST"] = "" };
    }

    private string Podman(params string[] arguments)
    {
        ProcessStartInfo start = new("podman", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Configure())
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
