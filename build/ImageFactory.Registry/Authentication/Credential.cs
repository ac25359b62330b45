namespace ImageFactory.Registry.Authentication;

/// <summary>What a registry is told of who asks. Its text shows nothing.</summary>
internal sealed class Credential(string user, string secret, bool isIdentityToken)
{
    public string User { get; } = user;

    /// <summary>A password, or a refresh token when <see cref="IsIdentityToken"/>.</summary>
    public string Secret { get; } = secret;

    /// <summary>To be exchanged for an access token; no password.</summary>
    public bool IsIdentityToken { get; } = isIdentityToken;

    public override string ToString() => "***";
}
