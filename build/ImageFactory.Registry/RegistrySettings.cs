using ImageFactory.Model;
using ImageFactory.Registry.Carrying;

namespace ImageFactory.Registry;

/// <summary>Where a machine keeps what it knows of registries. All paths may be missing; the host finds out which there are.</summary>
public sealed record RegistrySettings
{
    /// <summary>Files of podman (<c>auth.json</c>) and docker (<c>config.json</c>), the first that knows a registry wins.</summary>
    public IReadOnlyList<string> AuthFiles { get; init; } = [];

    /// <summary>Folders with one folder per <c>HOST[:PORT]</c>: <c>*.crt</c> are authorities, <c>*.cert</c> with <c>*.key</c> client certificates.</summary>
    public IReadOnlyList<string> CertificateFolders { get; init; } = [];

    /// <summary><c>registries.conf</c>.</summary>
    public string? RegistriesFile { get; init; }

    /// <summary><c>registries.conf.d</c>: its <c>*.conf</c> files are laid over the file, in order of their names.</summary>
    public string? RegistriesFolder { get; init; }

    /// <summary><c>policy.json</c>: which images must be signed, and by whom.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>The registry of the cluster that this machine is a pod of; null elsewhere.</summary>
    public ClusterRegistry? Cluster { get; init; }

    /// <summary>Told of each credential and token before it is sent: a registry may repeat it in what it answers.</summary>
    public Action<Secret> Conceal { get; init; } = _ => { };

    /// <summary>Images that were taken along: they answer for every registry, and none is asked. Null: registries are asked.</summary>
    public CarriedImages? Carried { get; init; }

    /// <summary>How often a request is made that fails for a passing reason.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The pause before the second attempt; it doubles from then on.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a registry may say nothing at all before a connection is given up.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Larger blobs are pushed in pieces of this many bytes, so that one that breaks off need not begin anew.</summary>
    public long PushPiece { get; init; } = 64 << 20;
}
