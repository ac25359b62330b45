using System.Security.Cryptography;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

/// <summary>Pulls from a registry that is not ours, of what a tool that is not ours has pushed and compressed: TLS by an authority of its own, a login, no plain http.</summary>
[Trait("needs", "docker-registry, skopeo")]
public sealed class DockerRegistryTests(DockerRegistryTests.Service service) : IClassFixture<DockerRegistryTests.Service>
{
    private static readonly byte[] Disk = Warehouse.Disk("a disk");

    /// <summary>Larger than one read of any stream, and not compressible.</summary>
    private static readonly string Noise = Convert.ToBase64String(RandomNumberGenerator.GetBytes(600_000));

    private RealRegistry Registry
    {
        get
        {
            if (service.Missing is { } reason)
                Assert.Skip(reason);
            return service.Registry!;
        }
    }

    [Theory]
    [InlineData("gzip", 0x8b1f)]
    [InlineData("zstd", 0xb528)]
    public async Task A_disk_and_a_payload_come_out_of_layers_in(string compression, int firstTwoBytes)
    {
        await using Warehouse warehouse = Open();
        // Of a layer that it knows in one form skopeo pushes no other.
        byte[] below = new TarMaker().File("form", compression).Folder("image/").Entry('0', "image/podvm.qcow2", Warehouse.Disk("an older disk")).File("opt/noise", Noise).ToArray();
        byte[] above = new TarMaker().Entry('0', "image/podvm.qcow2", Disk).File("opt/.wh.gone", "").ToArray();
        Push(OciLayout.Make(warehouse["layout"], ("amd64", [below, above])), $"org/{compression}:1", "--format", "oci", "--dest-compress", "--dest-compress-format", compression);

        PinnedImage image = await warehouse.ResolveAsync($"org/{compression}:1");
        string disk = await warehouse.FetchDiskAsync(null, $"org/{compression}:1");
        FileTree payload = await warehouse.FetchPayloadAsync(["/opt"], $"org/{compression}:1");

        // The packed form is what was pulled, not the plain layers of the layout.
        Assert.DoesNotContain(StoredBlobs(), f => f.Contains(FakeRegistry.DigestOf(below)["sha256:".Length..], StringComparison.Ordinal));
        Assert.Contains(StoredBlobs(), f => new FileInfo(f).Length > 500_000 && BitConverter.ToUInt16(File.ReadAllBytes(f)) == firstTwoBytes);
        Assert.Equal(image.Digest, image.Manifest);
        Assert.Equal(Disk, await File.ReadAllBytesAsync(disk, TestContext.Current.CancellationToken));
        Assert.Equal(Noise, payload.ReadText("/opt/noise"));
    }

    [Theory]
    [InlineData(Architecture.X64, "amd64")]
    [InlineData(Architecture.S390x, "s390x")]
    public async Task Of_several_machines_images_the_one_of_the_recipe_is_taken(Architecture architecture, string machine)
    {
        await using Warehouse warehouse = Open();
        (string, byte[][])[] images = [.. new[] { "amd64", "s390x" }.Select(m => (m, (byte[][])[new TarMaker().Entry('0', "image/podvm.qcow2", Warehouse.Disk("for " + m)).ToArray()]))];
        Push(OciLayout.Make(warehouse["layout"], images), $"org/multi-{machine}:1", "--all");

        string disk = await warehouse.FetchDiskAsync(null, $"org/multi-{machine}:1", architecture);

        Assert.Equal(Warehouse.Disk("for " + machine), await File.ReadAllBytesAsync(disk, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_password_and_none_are_told_with_the_place_for_it()
    {
        await using Warehouse wrong = Open();
        wrong.Write("auth.json", LoginOf(Registry.Host, "falsch"));
        await using Warehouse without = Open();
        without.Write("auth.json", "{}");

        Fault refused = Assert.Single(await wrong.FaultsAsync(() => wrong.ResolveAsync("org/any:1")));
        Fault anonymous = Assert.Single(await without.FaultsAsync(() => without.ResolveAsync("org/any:1")));

        Assert.Equal(("IFO303", ExitCode.NotPermitted), (refused.Code, refused.ExitCode));
        Assert.DoesNotContain("falsch", refused.ToString(), StringComparison.Ordinal);
        Assert.Equal("IFO303", anonymous.Code);
    }

    [Fact]
    public async Task An_authority_that_nobody_trusts_is_refused_before_the_login_is_sent()
    {
        await using Warehouse warehouse = Open();
        File.Delete(warehouse[$"certs.d/{Registry.Host}/ca.crt"]);

        Fault fault = Assert.Single(await warehouse.FaultsAsync(() => warehouse.ResolveAsync("org/any:1")));

        Assert.Equal("IFO302", fault.Code);
        Assert.Contains($"certs.d/{Registry.Host}/ca.crt", fault.Hint!, StringComparison.Ordinal);
    }

    /// <summary>In the checksum at the end, in the last compressed byte, and where it can no longer be decompressed: always the digest must be the one who says it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(60_000)]
    public async Task Content_that_was_changed_in_the_registrys_storage_is_refused(int fromEnd)
    {
        await using Warehouse warehouse = Open();
        byte[] layer = new TarMaker().Entry('0', "image/podvm.qcow2", Warehouse.Disk($"changed {fromEnd}")).File("noise", Noise[..100_000]).ToArray();
        HashSet<string> before = [.. StoredBlobs()];
        Push(OciLayout.Make(warehouse["layout"], ("amd64", [layer])), $"org/changed-{fromEnd}:1");
        string stored = StoredBlobs().Where(f => !before.Contains(f)).MaxBy(f => new FileInfo(f).Length)!;
        byte[] content = await File.ReadAllBytesAsync(stored, TestContext.Current.CancellationToken);
        content[^fromEnd] ^= 1;
        await File.WriteAllBytesAsync(stored, content, TestContext.Current.CancellationToken);

        IReadOnlyList<Fault> faults = await warehouse.FaultsAsync(() => warehouse.FetchPayloadAsync([], $"org/changed-{fromEnd}:1"));

        Assert.Contains(faults, f => f.Code == "IFO406");
    }

    /// <summary>docker-registry writes links in place: who asks at that moment is refused or told of an inner error, and must ask again.</summary>
    [Fact]
    public async Task Machines_that_push_the_same_at_the_same_moment_are_not_refused()
    {
        await using Warehouse warehouse = Open();
        RegistryClient[] machines = [.. Enumerable.Range(0, 6).Select(_ => new RegistryClient(warehouse.Access.Settings with { FirstPause = TimeSpan.FromMilliseconds(20) }, TimeProvider.System))];
        BlobToPush blob = BlobToPush.Of(ManifestText.EmptyDescriptor, ManifestText.Empty);

        for (int round = 0; round < 60; round++)
        {
            ImageReference place = ImageReference.Parse($"{Registry.Host}/org/together-{round}:1");
            string?[] read = await Task.WhenAll(machines.Select((m, i) => Task.Run(() => PushAndReadAsync(m.OpenRepository(place), blob, i), TestContext.Current.CancellationToken)));
            Assert.All(read, digest => Assert.Contains(digest, Enumerable.Range(0, machines.Length).Select(i => ContentDigest.Of(ManifestOf(i)).ToString())));
        }

        Array.ForEach(machines, m => m.Dispose());
    }

    private static async Task<string?> PushAndReadAsync(Repository repository, BlobToPush blob, int machine)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        if (!await repository.HasBlobAsync(blob.Descriptor, cancellation))
            await repository.PushBlobAsync(blob, null, null, null, cancellation);
        await repository.PutManifestAsync("1", MediaTypes.OciManifest, ManifestOf(machine), cancellation);
        return (await repository.FindManifestAsync("1", cancellation))?.Digest.ToString();
    }

    private static byte[] ManifestOf(int machine) =>
        ManifestText.Manifest(ManifestText.EmptyDescriptor, [ManifestText.EmptyDescriptor], "application/vnd.test", new Dictionary<string, string> { ["machine"] = $"{machine}" });

    /// <param name="layout">An OCI image layout.</param>
    /// <param name="name">Repository and tag.</param>
    /// <param name="more">Further options of skopeo copy.</param>
    private void Push(string layout, string name, params string[] more)
    {
        (int exitCode, _, string errors) = Tool.Run(
            Tool.Find("skopeo")!,
            [
                "copy", "--quiet", "--insecure-policy", "--dest-cert-dir", Path.Combine(Registry.CertificateFolder, Registry.Host), "--dest-authfile", Registry.AuthFile, .. more,
                $"oci:{layout}", $"docker://{Registry.Host}/{name}",
            ]);
        Assert.True(exitCode == 0, errors);
    }

    /// <summary>The files in which the registry keeps the content of blobs.</summary>
    private IEnumerable<string> StoredBlobs() => Directory.EnumerateFiles(Registry.Folder, "data", SearchOption.AllDirectories);

    private static string LoginOf(string host, string password) =>
        $$"""{ "auths": { "{{host}}": { "auth": "{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{RealRegistry.User}:{password}"))}}" } } }""";

    private Warehouse Open()
    {
        Warehouse warehouse = Warehouse.For(Registry.Host);
        warehouse.Write($"certs.d/{Registry.Host}/ca.crt", File.ReadAllText(Path.Combine(Registry.CertificateFolder, Registry.Host, "ca.crt")));
        warehouse.Write("auth.json", File.ReadAllText(Registry.AuthFile));
        return warehouse;
    }

    public sealed class Service : IAsyncLifetime
    {
        internal RealRegistry? Registry { get; private set; }

        /// <summary>Why there is none on this machine; in CI that is a failure instead.</summary>
        internal string? Missing { get; private set; }

        public async ValueTask InitializeAsync()
        {
            Missing = Tool.MissingOutsideCi("docker-registry", "skopeo");
            if (Missing is null)
                Registry = await RealRegistry.StartAsync(TestContext.Current.CancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            if (Registry is not null)
                await Registry.DisposeAsync();
        }
    }
}
