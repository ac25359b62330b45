namespace ImageFactory.Trust.Keys;

/// <summary>Where a signing key is kept: exactly one of <see cref="KeyFile"/> and <see cref="Token"/>.</summary>
public sealed record SigningKeySource
{
    /// <summary>PEM, PKCS#8 or SEC 1, plain or with a password.</summary>
    public string? KeyFile { get; init; }

    /// <summary>A PKCS#11 URI (RFC 7512) without the PIN.</summary>
    public string? Token { get; init; }

    /// <summary>Its first line is the key's password or the token's PIN.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>As the author named it; for faults.</summary>
    public required string Shown { get; init; }

    /// <summary>Variables by which the module of a token is found.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Of the host's variables those that PKCS#11 modules and their loader read.</summary>
    public static IReadOnlyDictionary<string, string> TokenVariables(IReadOnlyDictionary<string, string> host) =>
        host.Where(v => v.Key.StartsWith("PKCS11_", StringComparison.Ordinal) || v.Key.StartsWith("P11_", StringComparison.Ordinal) || v.Key is "SOFTHSM2_CONF" or "OPENSSL_CONF" or "OPENSSL_ENGINES")
            .ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
}
