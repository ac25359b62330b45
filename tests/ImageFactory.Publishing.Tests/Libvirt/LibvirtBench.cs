using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Contract;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Libvirt;

/// <summary>A storage pool of the real libvirtd, and destinations on it.</summary>
internal sealed class LibvirtBench : IPlace
{
    private readonly ScratchFolder scratch = new();
    private readonly LibvirtDaemon daemon;

    private LibvirtBench(LibvirtDaemon daemon)
    {
        this.daemon = daemon;
        Folder = daemon.NewFolder();
        Asked = new LibvirtDestination { Uri = daemon.Uri, Pool = PoolName };
    }

    public string Folder { get; }

    public string PoolName => "pool-" + Path.GetFileName(Folder);

    public LibvirtDestination Asked { get; set; }

    public Events Events { get; } = new();

    public string this[string name] => scratch[name];

    public static async Task<LibvirtBench> StartAsync(LibvirtDaemon daemon, bool withPool = true)
    {
        await daemon.ReadyAsync();
        LibvirtBench bench = new(daemon);
        if (withPool)
        {
            daemon.Virsh("pool-define-as", bench.PoolName, "dir", "--target", bench.Folder);
            daemon.Virsh("pool-start", bench.PoolName);
        }

        return bench;
    }

    /// <summary>As if nothing had been done yet.</summary>
    public void Clear()
    {
        foreach (string file in Directory.GetFiles(Folder).Append(scratch["socket"]))
            File.Delete(file);
        if (Directory.Exists(scratch["journals"]))
            Directory.Delete(scratch["journals"], recursive: true);
    }

    public PreparedDestination Destination(string owner)
    {
        LibvirtDestination destination = Asked with { Owner = owner };
        DestinationSetting setting = Samples.Setting(destination, Samples.Surroundings(reporter: Events) with { Time = new FastTime() });
        return new PreparedDestination("libvirt", setting, PublisherKinds.Of(destination).Create(setting));
    }

    public async Task<DestinationResult> PublishAsync(PublishableImage image, CancellationToken? cancellation = null)
    {
        await using PreparedDestination destination = Destination("tester");
        return Assert.Single(await new PublishRun(scratch["journals"], Events, TimeProvider.System).PublishAsync([destination], image, stopAtFirst: false, cancellation ?? TestContext.Current.CancellationToken));
    }

    /// <summary>libvirt's own client reads the volume.</summary>
    public Task ReadBackAsync(Publication publication, string file)
    {
        daemon.Virsh("vol-download", publication.Id, file, "--pool", PoolName);
        return Task.CompletedTask;
    }

    public IReadOnlyList<string> Everything() => Directory.Exists(Folder) ? [.. Directory.GetFileSystemEntries(Folder).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal)] : [];

    public ValueTask DisposeAsync()
    {
        if (daemon.Virsh("pool-list", "--all", "--name").Split('\n', StringSplitOptions.TrimEntries).Contains(PoolName))
        {
            daemon.Virsh("pool-destroy", PoolName);
            daemon.Virsh("pool-undefine", PoolName);
        }

        scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}
