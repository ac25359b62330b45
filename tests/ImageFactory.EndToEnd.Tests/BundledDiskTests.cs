using System.Diagnostics;
using System.Security.Cryptography;
using ImageFactory.Testing.Registry;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>Disks out of a registry and from a file, built from a bundle where there is no network at all, loopback included.</summary>
[Trait("needs", "root, qemu-img")]
public sealed class BundledDiskTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("image-factory-bundled-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_disk_in_an_image_of_a_registry_is_the_same()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take the network away");
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        string configuration = Directory.CreateDirectory(Path.Combine(folder, "configuration", "containers")).FullName;
        File.WriteAllText(Path.Combine(configuration, "registries.conf"), $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n");
        using MemoryStream layer = new();
        using (System.Formats.Tar.TarWriter tar = new(layer, leaveOpen: true))
            tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "image/podvm.qcow2") { DataStream = new MemoryStream(File.ReadAllBytes(MakeDisk("podvm.qcow2"))) });
        FakeImage.Push(registry, "org/podvm", [("application/vnd.oci.image.layer.v1.tar", layer.ToArray())], tags: "1");

        await SameWithoutNetworkAsync($"base: {{ kind: oci, image: '{registry.Host}/org/podvm:1', asIs: true }}\n", "podvm.qcow2");

        Assert.NotEmpty(registry.Requests);
    }

    [Fact]
    public async Task A_qcow2_beside_the_recipe_is_the_same()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take the network away");
        MakeDisk("disk.qcow2");

        await SameWithoutNetworkAsync("base: { kind: qcow2, path: disk.qcow2, asIs: true }\n", "disk.qcow2");
    }

    /// <summary>Builds with a network and from a bundle without one, the recipe and its files gone by then.</summary>
    /// <param name="disk">What the image is to be, byte for byte.</param>
    private async Task SameWithoutNetworkAsync(string text, string disk)
    {
        string recipe = Path.Combine(folder, "my.yaml");
        await File.WriteAllTextAsync(recipe, "name: my\n" + text, TestContext.Current.CancellationToken);
        string wanted = DigestOf(disk);
        foreach (string[] verb in (string[][])[["lock"], ["build", "--output", "online"], ["bundle", "--output", "my.tar"]])
        {
            Outcome done = await RunAsync([.. verb, "--recipe", recipe, "--store", "one"]);
            Assert.True(done.ExitCode == 0, done.ToString());
        }

        File.Delete(recipe);
        File.Delete(Path.Combine(folder, "my.lock.json"));
        File.Delete(Path.Combine(folder, disk));
        Outcome offline = await RunAsync(["build", "--from-bundle", "my.tar", "--store", "two", "--output", "offline", "--log", "plain"], network: false);

        Assert.True(offline.ExitCode == 0, offline.ToString());
        Assert.Equal(wanted, DigestOf("online/my/podvm.qcow2"));
        Assert.Equal(wanted, DigestOf("offline/my/podvm.qcow2"));
    }

    private Task<Outcome> RunAsync(IEnumerable<string> arguments, bool network = true) => Factory.RunAsync(
        arguments, folder, environment: new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = Path.Combine(folder, "configuration") }, network: network);

    /// <summary>A qcow2 with some bytes in it, and the mark of a boot sector.</summary>
    private string MakeDisk(string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/qemu-img"), "qemu-img is not installed");
        byte[] raw = new byte[4 << 20];
        new Random(1).NextBytes(raw.AsSpan(0, 1 << 20));
        (raw[510], raw[511]) = (0x55, 0xaa);
        File.WriteAllBytes(Path.Combine(folder, "disk.raw"), raw);
        using Process process = Process.Start("/usr/bin/qemu-img", ["convert", "-f", "raw", "-O", "qcow2", Path.Combine(folder, "disk.raw"), Path.Combine(folder, name)]);
        process.WaitForExit();
        return Path.Combine(folder, name);
    }

    private string DigestOf(string file)
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, file));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
