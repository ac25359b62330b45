using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Access;

/// <summary>Where a cluster's API is, and who asks it.</summary>
public sealed record ClusterAccess
{
    /// <summary>Address of the API server.</summary>
    public required Uri Server { get; init; }

    /// <summary>Namespace of objects that are named without one.</summary>
    public required string Namespace { get; init; }

    /// <summary>For people: where this access comes from.</summary>
    public required string Source { get; init; }

    /// <summary>Authorities of the server's certificate; empty: those of the system.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>Another name than the server's in its certificate.</summary>
    public string? ServerName { get; init; }

    /// <summary>The developer's kubeconfig says that the server's certificate is not to be looked at.</summary>
    public bool SkipsVerification { get; init; }

    /// <summary>Read for every request: tokens in files are replaced while they are used. Null: no token.</summary>
    public Func<Secret>? Token { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>A proxy of this cluster alone, instead of the environment's.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>
    /// The access of the pod that this runs in, or of the developer who started it: the file named by option or by <c>KUBECONFIG</c>,
    /// the service account's files, <c>~/.kube/config</c>, in this order.
    /// </summary>
    /// <param name="kubeconfig">File that the user named; null: none.</param>
    /// <exception cref="FactoryException">IFK101: there is none of them. IFK102 to IFK107: one is there and wrong.</exception>
    public static ClusterAccess Find(string? kubeconfig, IReadOnlyDictionary<string, string> environment, string serviceAccountFolder = PodAccess.Folder)
    {
        if (kubeconfig is not null)
            return Kubeconfig.Load([kubeconfig]);
        if (environment.GetValueOrDefault("KUBECONFIG") is { Length: > 0 } listed)
            return Kubeconfig.Load([.. listed.Split(':', StringSplitOptions.RemoveEmptyEntries)]);
        if (PodAccess.IsInPod(environment))
            return PodAccess.Load(environment, serviceAccountFolder);
        string own = Path.Combine(environment.GetValueOrDefault("HOME") ?? "/", ".kube", "config");
        return File.Exists(own) ? Kubeconfig.Load([own]) : throw new FactoryException(AccessFaults.None(own));
    }
}
