using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Trustee;

/// <summary>What Trustee's SE verifier is to be given.</summary>
public sealed record TrusteeBundleRequest
{
    /// <summary>The header of the very image that runs.</summary>
    public required SecureExecutionHeader Header { get; init; }

    /// <summary>The same files that the image was built with: they are verified again before they are copied.</summary>
    public required HostKeySettings HostKeys { get; init; }

    /// <summary>PEM file with the verifier's RSA key; left out, a new 4096-bit key is made.</summary>
    public string? MeasurementKey { get; init; }

    /// <summary>Folder to make; must not exist.</summary>
    public required string Folder { get; init; }

    /// <summary>Archive to make of it (<c>ibmse.tar.gz</c>); null makes none. Must not exist.</summary>
    public string? Archive { get; init; }

    /// <summary>Time stamp of the archive's entries.</summary>
    public required DateTimeOffset Modified { get; init; }
}
