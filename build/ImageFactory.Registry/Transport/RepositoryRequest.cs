using ImageFactory.Model;

namespace ImageFactory.Registry.Transport;

/// <summary>One request about a repository.</summary>
/// <param name="Target">A path below the repository (<c>manifests/latest</c>), or an address that the registry gave, whole or from its root.</param>
/// <param name="Actions">What the login must allow: <c>pull</c>, <c>pull,push</c>.</param>
internal sealed record RepositoryRequest(HttpMethod Method, string Target, string Actions)
{
    /// <summary>Adds headers and content; called for each attempt.</summary>
    public Action<HttpRequestMessage>? Prepare { get; init; }

    /// <summary>Another repository of the same registry that the login must reach, for reading.</summary>
    public string? AlsoReads { get; init; }

    /// <summary>False for what may have been done in part when it fails: then one attempt is made, and the caller finds out.</summary>
    public bool IsRepeatable { get; init; } = true;

    public IReadOnlyList<string> Scopes(string repository) =>
        AlsoReads is null ? [$"repository:{repository}:{Actions}"] : [$"repository:{repository}:{Actions}", $"repository:{AlsoReads}:pull"];

    /// <exception cref="FactoryException">IFO306: the registry's address would send what is secret over plain HTTP.</exception>
    public Uri AddressAt(RegistryHost host, string repository)
    {
        if (Target.StartsWith('/'))
            return host.AddressOf(Target);
        if (!Uri.TryCreate(Target, UriKind.Absolute, out Uri? given) || given.Scheme is not ("http" or "https"))
            return host.AddressOf($"/v2/{repository}/{Target}");
        bool isPlain = given.Scheme == Uri.UriSchemeHttp && !host.IsInsecure;
        return isPlain ? throw new FactoryException(ServiceFaults.BadRedirect($"{host.Name}/{repository}", $"to {given.GetLeftPart(UriPartial.Authority)}")) : given;
    }
}
