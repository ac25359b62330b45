namespace ImageFactory.Registry;

/// <summary>
/// The registry inside an OpenShift cluster: its certificate comes from the service CA, and the token of a service account opens it
/// (Job contract, section 5.3).
/// </summary>
/// <param name="Host">Without port.</param>
/// <param name="TokenFile">The service account's token.</param>
/// <param name="AuthorityFile">The service CA.</param>
public sealed record ClusterRegistry(string Host, string TokenFile, string AuthorityFile)
{
    /// <summary>The user that the registry expects beside a token.</summary>
    public const string User = "kubeadmin";

    public const string DefaultHost = "image-registry.openshift-image-registry.svc";

    /// <param name="host">With or without a port.</param>
    public bool Serves(string host) => host == Host || host.StartsWith(Host + ":", StringComparison.Ordinal);
}
