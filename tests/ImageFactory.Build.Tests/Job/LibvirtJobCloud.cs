using ImageFactory.Publishing.Tests.Libvirt;

namespace ImageFactory.Build.Tests.Job;

/// <summary>A real libvirtd with a pool of its own.</summary>
internal sealed class LibvirtJobCloud : IJobCloud
{
    private readonly LibvirtDaemon daemon;
    private readonly string folder;
    private readonly string pool;
    private CuttingSocket? tap;

    private LibvirtJobCloud(LibvirtDaemon daemon)
    {
        this.daemon = daemon;
        folder = daemon.NewFolder();
        pool = "pool-" + Path.GetFileName(folder);
        daemon.Virsh("pool-define-as", pool, "dir", "--target", folder);
        daemon.Virsh("pool-start", pool);
        Variables = new()
        {
            ["CLOUD_PROVIDER"] = "libvirt",
            ["LIBVIRT_URI"] = daemon.Uri,
            ["LIBVIRT_POOL"] = pool,
            ["LIBVIRT_VOL_NAME"] = "podvm-volume",
            ["LIBVIRT_DIR_NAME"] = folder,
        };
    }

    public string? Annotation => null;

    public string ImageKey => "LIBVIRT_IMAGE_ID";

    public string RemovalVariable => "LIBVIRT_IMAGE_ID";

    public Dictionary<string, string> Variables { get; }

    public Func<HttpMessageHandler>? Transport => null;

    public IReadOnlyList<string> Secrets { get; } = ["canary-of-libvirt", "canary%2Dof%2Dlibvirt"];

    /// <summary>Messages of a stream are long; all others are short.</summary>
    public Eavesdropper Line { get; } = new(line => line.Length > 30_000, _ => false, _ => false, (_, _, message) => message);

    /// <summary>Between the Job and libvirtd from now on, for the line's sake.</summary>
    public void Tap()
    {
        tap = new CuttingSocket(daemon.Socket + "-tap", daemon.Socket) { Passing = message => Line.Hear(new string('x', message.Length), null) };
        Variables["LIBVIRT_URI"] = $"qemu:///session?socket={tap.Path}";
    }

    /// <summary>Through ssh from now on; what ssh was called with is returned by <see cref="SshLog"/>.</summary>
    public void GoThroughSsh()
    {
        daemon.WriteSsh();
        Variables["LIBVIRT_URI"] = daemon.SshUri;
    }

    public string SshLog => File.Exists(daemon.SshLog) ? File.ReadAllText(daemon.SshLog) : "";

    public string Pool => pool;

    public IReadOnlyList<string> Images => [.. Everything.Where(f => !f.Contains("imagefactory", StringComparison.Ordinal))];

    public IReadOnlyList<string> Everything => Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)] : [];

    public bool Refuses
    {
        get;
        set
        {
            field = value;
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32(value ? "555" : "777", 8));
        }
    }

    public static async Task<LibvirtJobCloud> StartAsync()
    {
        LibvirtDaemon daemon = new();
        try
        {
            await daemon.ReadyAsync();
        }
        catch
        {
            daemon.Dispose();
            throw;
        }

        return new LibvirtJobCloud(daemon);
    }

    /// <summary>The owner is in the record's name and in what it says.</summary>
    public void GiveAway()
    {
        string record = Directory.GetFiles(folder, "*.imagefactory.json").Single();
        string own = Path.GetFileName(record).Split('.')[1];
        File.WriteAllText(record.Replace(own, "somebody-else", StringComparison.Ordinal), File.ReadAllText(record).Replace(own, "somebody-else", StringComparison.Ordinal));
        File.Delete(record);
    }

    public ValueTask DisposeAsync()
    {
        tap?.Dispose();
        daemon.Dispose();
        return ValueTask.CompletedTask;
    }
}
