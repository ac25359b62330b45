using ImageFactory.Model;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Registry.Tests;

/// <summary>A folder with the files about registries of one test, and clients that read them.</summary>
internal sealed class Place : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("registry-tests-").FullName;

    public string this[string name] => Path.Combine(Folder, name);

    public RegistrySettings Settings => new()
    {
        AuthFiles = [this["auth.json"], this["config.json"]],
        CertificateFolders = [this["certs.d"]],
        RegistriesFile = this["registries.conf"],
        RegistriesFolder = this["registries.conf.d"],
        PolicyFile = this["policy.json"],
        Attempts = 4,
        FirstPause = TimeSpan.FromMilliseconds(1),
        Silence = TimeSpan.FromSeconds(20),
    };

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Trust(FakeRegistry registry, TestAuthority authority) => Write($"certs.d/{registry.Host}/ca.crt", authority.Root.ExportCertificatePem());

    public void AcceptPlain(string host) => Write("registries.conf", $"[[registry]]\nlocation = \"{host}\"\ninsecure = true\n");

    public RegistryClient Client() => new(Settings, TimeProvider.System);

    public async Task<ResolvedImage> ResolveAsync(string reference, Architecture architecture = Architecture.X64)
    {
        using RegistryClient client = Client();
        return await client.ResolveAsync(ImageReference.Parse(reference), architecture, TestContext.Current.CancellationToken);
    }

    /// <summary>The faults of an image that cannot be had.</summary>
    public async Task<IReadOnlyList<Fault>> FaultsAsync(string reference, Architecture architecture = Architecture.X64) =>
        (await Assert.ThrowsAsync<FactoryException>(() => ResolveAsync(reference, architecture))).Faults;

    public async Task<byte[]> PullAsync(string reference)
    {
        using RegistryClient client = Client();
        ResolvedImage image = await client.ResolveAsync(ImageReference.Parse(reference), Architecture.X64, TestContext.Current.CancellationToken);
        using MemoryStream copy = new();
        await using Content.BlobStream blob = client.OpenBlob(image, image.Manifest.Layers[0]);
        await blob.CopyToAsync(copy, TestContext.Current.CancellationToken);
        await blob.FinishAsync(TestContext.Current.CancellationToken);
        return copy.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
