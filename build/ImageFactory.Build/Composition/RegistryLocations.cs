using ImageFactory.Registry;

namespace ImageFactory.Build.Composition;

/// <summary>Where the tools of containers keep what they know of registries, and where the Job has the cluster's credentials mounted.</summary>
internal static class RegistryLocations
{
    /// <summary>The Secret auth-json-secret of the Job.</summary>
    private const string JobAuthFile = "/tmp/regauth/auth.json";

    /// <summary>What every pod of OpenShift has mounted.</summary>
    private const string ServiceToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    private const string ServiceAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/service-ca.crt";

    private static readonly string[] CertificateFolders = ["/etc/containers/certs.d", "/etc/docker/certs.d"];

    /// <summary>The places of containers-auth.json(5), containers-registries.conf(5), containers-policy.json(5), containers-certs.d(5), and docker's file.</summary>
    public static RegistrySettings Find(FactoryOptions options)
    {
        IReadOnlyDictionary<string, string> environment = options.Environment;
        string home = environment.GetValueOrDefault("HOME") is { Length: > 0 } set ? set : "/root";
        string configuration = environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } folder ? folder : Path.Combine(home, ".config");
        string own = Path.Combine(configuration, "containers");
        return new RegistrySettings
        {
            AuthFiles = [.. AuthFiles(environment, home, own)],
            CertificateFolders = [Path.Combine(own, "certs.d"), .. CertificateFolders],
            RegistriesFile = environment.GetValueOrDefault("CONTAINERS_REGISTRIES_CONF") is { Length: > 0 } named ? named : First(Path.Combine(own, "registries.conf"), "/etc/containers/registries.conf"),
            RegistriesFolder = environment.ContainsKey("CONTAINERS_REGISTRIES_CONF") ? null : First(Path.Combine(own, "registries.conf.d"), "/etc/containers/registries.conf.d"),
            Cluster = File.Exists(ServiceToken) && File.Exists(ServiceAuthority) ? new ClusterRegistry(ClusterRegistry.DefaultHost, ServiceToken, ServiceAuthority) : null,
            Conceal = options.Secrets.Add,
            PolicyFile = First(Path.Combine(own, "policy.json"), "/etc/containers/policy.json"),
        };
    }

    /// <summary>A file that was named is the only one.</summary>
    private static IEnumerable<string> AuthFiles(IReadOnlyDictionary<string, string> environment, string home, string own)
    {
        if (environment.GetValueOrDefault("REGISTRY_AUTH_FILE") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        yield return JobAuthFile;
        if (environment.GetValueOrDefault("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
            yield return Path.Combine(runtime, "containers", "auth.json");
        yield return Path.Combine(own, "auth.json");
        yield return Path.Combine(environment.GetValueOrDefault("DOCKER_CONFIG") is { Length: > 0 } docker ? docker : Path.Combine(home, ".docker"), "config.json");
    }

    private static string? First(params string[] paths) => paths.FirstOrDefault(Path.Exists);
}
