using System.IO.Compression;
using System.Text;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Registry;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

/// <summary>A registry of one test, and the stages that take things out of its images, each run in folders of its own.</summary>
internal sealed class Warehouse : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, DirectoryInfo> outputs = [];

    private Warehouse(string host) => Host = host;

    public string Host { get; }

    public FakeRegistry Registry { get; private init; } = null!;

    public Log Said { get; } = new();

    /// <summary>Everything that may be written lies below it.</summary>
    public string Root => folder.Path;

    /// <summary>Out of a bundle: stages are offline then, and the registry is not for them.</summary>
    public CarriedImages? Carried { get; set; }

    public RegistryAccess Access => Carried is not null ? new(new RegistrySettings { Carried = Carried }, TimeProvider.System) : new(
        new RegistrySettings { RegistriesFile = folder["registries.conf"], AuthFiles = [folder["auth.json"]], CertificateFolders = [folder["certs.d"]], FirstPause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

    public static async Task<Warehouse> OpenAsync()
    {
        FakeRegistry registry = await FakeRegistry.StartAsync();
        Warehouse warehouse = new(registry.Host) { Registry = registry };
        warehouse.folder.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\ninsecure = true\n");
        return warehouse;
    }

    /// <summary>Without a registry of its own.</summary>
    public static Warehouse For(string host) => new(host);

    public string this[string name] => folder[name];

    public string Write(string name, string text) => folder.Write(name, text);

    public static byte[] Gzip(byte[] tar)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
            gzip.Write(tar);
        return packed.ToArray();
    }

    /// <summary>Pushes layers, the lowest first, as <c>x:1</c>.</summary>
    public void Push(params TarMaker[] layers) => FakeImage.Push(Registry, "x", layers.Select(l => (FakeImage.Layer, Gzip(l.ToArray()))), tags: "1");

    /// <param name="locked">What a lock file has for it.</param>
    public async Task<PinnedImage> ResolveAsync(string name, string? locked = null)
    {
        await RunAsync(new ResolveImageStage("base", Image(name), Architecture.X64, Access, false, locked is null ? null : ContentDigest.Parse(locked)));
        return PinnedImage.Read(outputs["resolve-base"]);
    }

    public async Task<string> FetchDiskAsync(string? path, string name = "x:1", Architecture architecture = Architecture.X64)
    {
        await RunAsync(new ResolveImageStage("base", Image(name), architecture, Access, false));
        await RunAsync(new FetchDiskStage("base", path, architecture, Access));
        return Path.Combine(outputs["fetch-base"].FullName, FetchDiskStage.DiskFile);
    }

    public async Task<FileTree> FetchPayloadAsync(IReadOnlyList<string> paths, string name = "x:1", string into = "/", bool devices = false, PayloadOwner owner = PayloadOwner.Root)
    {
        OciPayload payload = new() { Image = Image(name).ToString(), Paths = paths, Into = into, Devices = devices, Owner = owner };
        await RunAsync(new ResolveImageStage("payload-0", Image(name), Architecture.X64, Access, false));
        await RunAsync(new FetchPayloadStage("payload-0", paths, Architecture.X64, Access, 1_750_000_000));
        TarTree read = await Assembly.Payload.Payloads.ReadAsync(payload, Directory.CreateDirectory(folder["read"]), outputs["fetch-payload-0"], TestContext.Current.CancellationToken);
        Said.Warnings.AddRange(read.Warnings);
        return read.Tree;
    }

    public async Task<IReadOnlyList<Fault>> FaultsAsync(Func<Task> fetch)
    {
        IReadOnlyList<Fault> faults = (await Assert.ThrowsAsync<FactoryException>(fetch)).Faults;
        Assert.All(faults, f => Assert.NotNull(f.Where));
        return faults;
    }

    public async Task RunAsync(IStage stage)
    {
        string own = folder[stage.Name];
        if (Directory.Exists(own))
            Directory.Delete(own, recursive: true);
        DirectoryInfo output = Directory.CreateDirectory(Path.Combine(own, "output"));
        await using CleanUpStack cleanUp = new();
        StageScope scope = new()
        {
            Output = output,
            Inputs = stage.After.ToDictionary(a => a, a => outputs[a]),
            Work = Directory.CreateDirectory(Path.Combine(own, "work")),
            Cache = Directory.CreateDirectory(folder["cache"]),
            Programs = new NoPrograms(),
            Log = Said,
            CleanUp = cleanUp,
            Offline = Carried is not null,
        };
        await stage.RunAsync(scope, TestContext.Current.CancellationToken);

        // The store would believe them.
        foreach ((string file, Sha256 digest) in scope.Hashed)
            Assert.Equal(await Sha256.OfFileAsync(scope.OutputFile(file), TestContext.Current.CancellationToken), digest);
        outputs[stage.Name] = output;
    }

    public Registry.References.ImageReference Image(string name) => ImageFactory.Registry.References.ImageReference.Parse($"{Host}/{name}");

    public async ValueTask DisposeAsync()
    {
        if (Registry is not null)
            await Registry.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>A raw disk as far as one can tell: a first sector that ends as a partition table does, then text.</summary>
    public static byte[] Disk(string text)
    {
        byte[] disk = new byte[4096];
        disk[510] = 0x55;
        disk[511] = 0xaa;
        Encoding.UTF8.GetBytes(text).CopyTo(disk, 1024);
        return disk;
    }

    private sealed class NoPrograms : IProgramRunner
    {
        public Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellation) => throw new InvalidOperationException("these stages start no program");
    }

    public sealed class Log : IStageLog
    {
        public List<Fault> Warnings { get; } = [];

        public List<string> Lines { get; } = [];

        public void Info(string text) => Lines.Add(text);

        public void Progress(long done, long total, string unit) => Assert.True(total == 0 || done <= total);

        public void Warn(Fault fault) => Warnings.Add(fault);
    }
}
