using ImageFactory.Assembly.Bases.Bootc.Engine;

namespace ImageFactory.Build.Composition;

/// <summary>Where container engines listen on this machine: what podman's and Docker's own programs look at, in their order.</summary>
internal static class EngineLocations
{
    /// <summary>podman's own first: whoever sets both has podman and a habit.</summary>
    private static readonly string[] Variables = ["CONTAINER_HOST", "DOCKER_HOST"];

    /// <summary>All that decides where podman keeps what, and how it runs containers.</summary>
    private static readonly string[] PodmanVariables =
    [
        "BUILDAH_ISOLATION", "CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE", "CONTAINERS_REGISTRIES_CONF", "CONTAINERS_STORAGE_CONF", "DBUS_SESSION_BUS_ADDRESS", "DOCKER_CONFIG",
        "REGISTRY_AUTH_FILE", "STORAGE_DRIVER", "STORAGE_OPTS", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
    ];

    public static EngineSettings Find(IReadOnlyDictionary<string, string> environment, bool isRoot)
    {
        string? runtime = environment.GetValueOrDefault("XDG_RUNTIME_DIR") is { Length: > 0 } folder ? folder : null;
        string? named = Variables.FirstOrDefault(v => environment.GetValueOrDefault(v) is { Length: > 0 });
        Dictionary<string, string> podman = PodmanVariables.Where(environment.ContainsKey).ToDictionary(v => v, v => environment[v], StringComparer.Ordinal);

        // Layers of gigabytes pass through it; a build's own work folder may be memory.
        podman["TMPDIR"] = environment.GetValueOrDefault("TMPDIR") is { Length: > 0 } temporary ? temporary : "/var/tmp";
        return new EngineSettings
        {
            Named = named is null ? null : (named, environment[named]),
            Sockets =
            [
                .. isRoot || runtime is null ? Array.Empty<string>() : [Path.Combine(runtime, "podman", "podman.sock"), Path.Combine(runtime, "docker.sock")],
                "/run/podman/podman.sock",
                "/run/docker.sock",
            ],
            Podman = environment.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(p => Path.Combine(p, "podman")).FirstOrDefault(File.Exists),
            PodmanEnvironment = podman,
            SocketFolder = runtime is not null && Directory.Exists(runtime) ? runtime : Path.GetTempPath(),
        };
    }
}
