using System.Diagnostics;
using System.Security.Cryptography;
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
        string third = Path.Combine(here.Folder, "bundled");
        Outcome bundled = await BuildFromBundleAsync(third, KeyOf(first, "bootc-system"));
        string[] left = [.. Podman("ps", "--all", "--quiet").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

        Assert.True(booted.ExitCode == 0, booted.ToString());
        Assert.Equal("passed", (string?)manifest["run"]!["bootCheck"]!["status"]);
        Assert.Contains("pcr11", manifest["run"]!["bootCheck"]!["confirmed"]!.AsArray().Select(c => (string?)c));
        Assert.Equal(3, manifest["content"]!["disk"]!["partitions"]!.AsArray().Count);
        Assert.True(changed.ExitCode == 0, changed.ToString());
        Assert.Equal(["assemble-root", "disk", "measure", "root-image", "sbom", "uki", "verity"], BuiltIn(second));
        Assert.True(bundled.ExitCode == 0, bundled.ToString());
        Assert.Equal(DigestOf(Path.Combine(first, Name, "podvm.qcow2")), DigestOf(Path.Combine(third, Name, "podvm.qcow2")));
        Assert.Equal(["bootc-system"], BuiltIn(third));
        Assert.Equal(KeyOf(first, "bootc-system"), KeyOf(third, "bootc-system"));
        Assert.Empty(left);
        Assert.Empty(Podman("images", "--all", "--quiet"));
    }

    /// <summary>
    /// From a bundle of the same recipe, with an engine without images and no network. The store has lost the stage that takes the system out of the container; what comes after it is
    /// there, and found only if that stage gives the same bytes.
    /// </summary>
    private async Task<Outcome> BuildFromBundleAsync(string output, string lost)
    {
        string recipe = Path.Combine(here.Folder, "recipes", "my.yaml");
        string bundle = Path.Combine(here.Folder, "my.tar");
        Directory.CreateDirectory(Path.GetDirectoryName(recipe)!);
        File.Copy(Path.Combine(Factory.Root, "recipes", "bootc-debian.yaml"), recipe);
        using (Process copy = Process.Start("cp", ["--archive", Path.Combine(Factory.Root, "bootc"), here.Folder]))
            await copy.WaitForExitAsync();
        foreach (string[] verb in (string[][])[["lock"], ["bundle", "--output", bundle]])
        {
            Outcome done = await Factory.RunAsync([.. verb, "--recipe", recipe, "--store", here.Store], here.Folder, environment: Configure());
            if (done.ExitCode != 0)
                return done;
        }

        Podman("rmi", "--all", "--force");
        Directory.Delete(Path.Combine(here.Store, "stages", lost), recursive: true);
        return await Factory.RunAsync(
            ["build", "--from-bundle", bundle, "--output", output, "--store", here.Store, "--log", "plain"], here.Folder, environment: Configure(), network: false);
    }

    private static string DigestOf(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string[] BuiltIn(string output) =>
        [.. Manifest(output)["run"]!["stages"]!.AsArray().Where(s => (string?)s!["outcome"] == "built").Select(s => (string)s!["name"]!).Order(StringComparer.Ordinal)];

    private static string KeyOf(string output, string stage) => (string)Manifest(output)["run"]!["stages"]!.AsArray().Single(s => (string?)s!["name"] == stage)!["key"]!;

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
