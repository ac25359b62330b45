namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>Where a container engine may be found; the host reads it from its environment. Engines are reached over UNIX sockets only.</summary>
public sealed record EngineSettings
{
    /// <summary>What CONTAINER_HOST or DOCKER_HOST says, with the variable's name; null when neither is set. It is then the only place.</summary>
    public (string Variable, string Address)? Named { get; init; }

    /// <summary>Sockets that are tried in this order, where they exist.</summary>
    public IReadOnlyList<string> Sockets { get; init; } = [];

    /// <summary>The podman program, which serves for the time of a build when there is no socket.</summary>
    public string? Podman { get; init; }

    /// <summary>Variables that podman needs beside those that every program gets: where its storage and its configuration are.</summary>
    public IReadOnlyDictionary<string, string> PodmanEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>A folder whose path is short: names of sockets have at most 107 bytes.</summary>
    public string SocketFolder { get; init; } = "/tmp";

    /// <summary>Where engines look for the authorities of registries: certs.d. The cluster's is put there for the time of a pull.</summary>
    public string CertificateFolder { get; init; } = "/etc/containers/certs.d";
}
