namespace ImageFactory.SecureExecution.HostKeys;

/// <summary>Which host key documents, and what proves that they are IBM's.</summary>
public sealed record HostKeySettings
{
    /// <summary>Files with one host key document each; PEM or DER. Of several in a file the first counts, with a warning.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }

    /// <summary>False skips chain, signature, validity and revocation; the key must be usable all the same. Warned about loudly.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Files with the IBM Z signing key's certificate and the intermediate ones; PEM may hold CRLs as well.</summary>
    public IReadOnlyList<string> Certificates { get; init; } = [];

    /// <summary>Files with certificate revocation lists, PEM (any number) or DER (one).</summary>
    public IReadOnlyList<string> Crls { get; init; } = [];

    /// <summary>File with the own trust anchors; left out, the system's root certificates are trusted.</summary>
    public string? RootCa { get; init; }

    /// <summary>Fetch CRLs from the distribution points that the certificates name.</summary>
    public bool Online { get; init; }
}
