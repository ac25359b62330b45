using ImageFactory.Model;
using ImageFactory.Pipeline;
using LibGuestFs.Net;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>A disk image, opened in libguestfs' appliance for one stage; its one system is found and mounted.</summary>
internal sealed class Guest : IDisposable
{
    /// <summary>Bytes 0 to 3 of a qcow2 image.</summary>
    private static readonly byte[] Qcow2Magic = [0x51, 0x46, 0x49, 0xfb];

    private readonly string disk;

    private Guest(GuestFs files, GuestSystem system, string disk)
    {
        Files = files;
        System = system;
        this.disk = disk;
    }

    public GuestFs Files { get; }

    public GuestSystem System { get; }

    /// <param name="disk">The image; what is written goes into it.</param>
    /// <param name="architecture">What the recipe is for.</param>
    /// <exception cref="FactoryException">IFL101 to IFL201, IFQ101 to IFQ103, IFQ112.</exception>
    public static Task<Guest> OpenAsync(StageScope scope, string disk, Architecture architecture, bool readOnly, bool network, CancellationToken cancellation) =>
        TranslateAsync(disk, () => OpenInnerAsync(scope, disk, architecture, readOnly, network, cancellation));

    /// <summary>Does something with the guest; what libguestfs refuses becomes a fault that names the disk.</summary>
    public Task<T> DoAsync<T>(Func<GuestFs, Task<T>> work) => TranslateAsync(disk, () => work(Files));

    public Task DoAsync(Func<GuestFs, Task> work) => TranslateAsync(disk, async () =>
    {
        await work(Files).ConfigureAwait(false);
        return 0;
    });

    public static string FormatOf(string disk)
    {
        using FileStream file = File.OpenRead(disk);
        byte[] start = new byte[4];
        return file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.AsSpan().SequenceEqual(Qcow2Magic) ? "qcow2" : "raw";
    }

    public void Dispose() => Files.Dispose();

    private static async Task<Guest> OpenInnerAsync(StageScope scope, string disk, Architecture architecture, bool readOnly, bool network, CancellationToken cancellation)
    {
        GuestFs files = await LaunchAsync(scope, disk, readOnly, network, cancellation).ConfigureAwait(false);
        try
        {
            GuestSystem system = await FindAsync(files, disk, architecture, cancellation).ConfigureAwait(false);
            scope.Log.Info($"{system.Product} ({system.Architecture})");
            FactoryException.ThrowIfAny([.. files.MountAll(system, readOnly).Select(e => GuestFaults.NotMounted(disk, e))]);
            return new Guest(files, system, disk);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static async Task<GuestFs> LaunchAsync(StageScope scope, string disk, bool readOnly, bool network, CancellationToken cancellation)
    {
        string appliance = await ApplianceAsync(scope, cancellation).ConfigureAwait(false);
        GuestFs files = new(new GuestFsOptions { Appliance = appliance, TemporaryFolder = scope.Work.FullName, Network = network });
        files.Progress = new StageProgress(scope.Log);
        try
        {
            files.AddDrive(disk, new DriveOptions { Format = FormatOf(disk), ReadOnly = readOnly, Unsafe = !readOnly });
            await files.LaunchAsync(cancellation).ConfigureAwait(false);
            return files;
        }
        catch (GuestFsException e)
        {
            files.Dispose();
            throw new FactoryException(GuestFaults.NotStarted(e), e);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static async Task<GuestSystem> FindAsync(GuestFs files, string disk, Architecture architecture, CancellationToken cancellation)
    {
        IReadOnlyList<GuestSystem> systems = [.. (await files.InspectAsync(cancellation).ConfigureAwait(false)).Where(s => s.Type == "linux")];
        if (systems.Count == 0)
            throw new FactoryException(GuestFaults.NoSystem(disk));
        if (systems.Count > 1)
            throw new FactoryException(GuestFaults.SeveralSystems(disk, systems.Select(s => $"{s.Product} on {s.Root}")));
        string wanted = architecture == Architecture.S390x ? "s390x" : "x86_64";
        return systems[0].Architecture == wanted ? systems[0] : throw new FactoryException(GuestFaults.OtherArchitecture(disk, systems[0].Architecture, wanted));
    }

    /// <summary>A fixed appliance in the store's cache, made when the host's parts for one have changed.</summary>
    private static async Task<string> ApplianceAsync(StageScope scope, CancellationToken cancellation)
    {
        string folder = Path.Combine(scope.Cache.FullName, "appliances", FixedAppliance.Identity());
        if (FixedAppliance.IsComplete(folder))
            return folder;
        string made = Path.Combine(scope.Cache.FullName, "appliances", Path.GetRandomFileName());
        scope.CleanUp.RegisterFolder(made);
        scope.Log.Info("making the appliance of libguestfs (once, until its parts change)");
        await FixedAppliance.BuildAsync(made, cancellation).ConfigureAwait(false);
        try
        {
            // What a collection of garbage left of an older one goes first.
            if (Directory.Exists(folder) && !FixedAppliance.IsComplete(folder))
                Directory.Delete(folder, recursive: true);
            Directory.Move(made, folder);
        }
        catch (IOException) when (FixedAppliance.IsComplete(folder))
        {
            // Another build was quicker.
        }

        return folder;
    }

    private static async Task<T> TranslateAsync<T>(string disk, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (GuestFsMissingException e)
        {
            throw new FactoryException(GuestFaults.NoLibrary(e), e);
        }
        catch (GuestFsException e)
        {
            throw new FactoryException(GuestFaults.Failed(disk, e), e);
        }
    }

    private sealed class StageProgress(IStageLog log) : IProgress<GuestFsProgress>
    {
        public void Report(GuestFsProgress value) => log.Progress(value.Position, value.Total, "bytes");
    }
}
