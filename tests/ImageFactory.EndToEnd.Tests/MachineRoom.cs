using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>A real registry with a finished image in it, and a folder for machines that know it: each a process with a store and an output folder of its own.</summary>
internal sealed class MachineRoom : IAsyncDisposable
{
    private MachineRoom(RealRegistry registry, string folder)
    {
        Registry = registry;
        Folder = folder;
    }

    public RealRegistry Registry { get; }

    public string Folder { get; }

    public string Image => $"{Registry.Host}/org/podvm:1";

    /// <summary>The shared store.</summary>
    public string Stages => $"{Registry.Host}/org/stages";

    public Dictionary<string, string> Environment => new() { ["XDG_CONFIG_HOME"] = Path.Combine(Folder, "configuration") };

    /// <summary>The same for machines that wait less long for a dead one than users' do, in seconds.</summary>
    public Dictionary<string, string> Impatient => new(Environment) { ["FACTORY_TEST_PATIENCE"] = "10" };

    private string Tags => Path.Combine(Registry.Folder, "data", "docker", "registry", "v2", "repositories", "org", "stages", "_manifests", "tags");

    public static async Task<MachineRoom> OpenAsync(CancellationToken cancellation)
    {
        Assert.SkipWhen(RealRegistry.Missing is not null, RealRegistry.Missing ?? "");
        MachineRoom room = new(await RealRegistry.StartAsync(cancellation), Directory.CreateTempSubdirectory("shared store ").FullName);
        string certificates = Directory.CreateDirectory(Path.Combine(room.Folder, "configuration", "containers", "certs.d", room.Registry.Host)).FullName;
        File.Copy(Path.Combine(room.Registry.CertificateFolder, room.Registry.Host, "ca.crt"), Path.Combine(certificates, "ca.crt"));
        File.Copy(room.Registry.AuthFile, Path.Combine(room.Folder, "configuration", "containers", "auth.json"));

        // A disk as far as one can tell, of bytes that nothing compresses; it goes into the registry as the factory itself puts it there.
        byte[] disk = RandomNumberGenerator.GetBytes(16 << 20);
        (disk[510], disk[511]) = (0x55, 0xaa);
        File.WriteAllBytes(Path.Combine(room.Folder, "disk.raw"), disk);
        string recipe = room.Write("maker.yaml", $"name: maker\nbase: {{ kind: qcow2, path: disk.raw, asIs: true }}\npublish: [{{ kind: oci-image, image: '{room.Image}' }}]\n");
        Outcome pushed = await Factory.RunAsync(["publish", "--log", "plain", "--recipe", recipe, .. room.Places("maker")], room.Folder, environment: room.Environment);
        Assert.True(pushed.ExitCode == 0, pushed.ToString());
        return room;
    }

    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>What makes a process a machine.</summary>
    public string[] Places(string machine)
    {
        string own = Directory.CreateDirectory(Path.Combine(Folder, machine)).FullName;
        return ["--store", Path.Combine(own, "store"), "--output", Path.Combine(own, "out")];
    }

    public string OutputOf(string machine) => Path.Combine(Folder, machine, "out");

    /// <summary>Tags of the shared store.</summary>
    public string[] TagsLike(string pattern) => Directory.Exists(Tags) ? [.. Directory.EnumerateDirectories(Tags, pattern).Order(StringComparer.Ordinal)] : [];

    /// <summary>Waits until a process has left so many tags, and ends it without a word.</summary>
    public async Task KillWhenAsync(Process process, string pattern, int count, CancellationToken cancellation)
    {
        _ = process.StandardError.ReadToEndAsync(cancellation);
        _ = process.StandardOutput.ReadToEndAsync(cancellation);
        Stopwatch limit = Stopwatch.StartNew();
        while (TagsLike(pattern).Length < count)
        {
            Assert.True(limit.Elapsed < TimeSpan.FromMinutes(2) && !process.HasExited, $"{count} tags {pattern} did not come");
            await Task.Delay(20, cancellation);
        }

        process.Kill();
        await process.WaitForExitAsync(cancellation);
    }

    /// <summary>Stages of a manifest below a machine's output: name, key, and where the output came from.</summary>
    public IEnumerable<(string Name, string Key, string Outcome)> StagesOf(string machine, string folder) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(OutputOf(machine), folder, "manifest.json")))!["run"]!["stages"]!.AsArray()
            .Select(s => ((string)s!["name"]!, (string)s["key"]!, (string)s["outcome"]!));

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
