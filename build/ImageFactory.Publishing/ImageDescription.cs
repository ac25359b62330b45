using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>What is known of an image before it is made.</summary>
public sealed record ImageDescription
{
    /// <summary>Name of the recipe.</summary>
    public required string Recipe { get; init; }

    public required Sha256 RecipeDigest { get; init; }

    public required Architecture Architecture { get; init; }

    /// <summary>One line for people.</summary>
    public string? Text { get; init; }

    /// <summary>The certificate that the UKI is signed for, DER; null when it is not signed. For the Secure Boot db of machines.</summary>
    public byte[]? SecureBootCertificate { get; init; }
}
