using ImageFactory.Model;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// Our tags as labels: lower-case letters, digits, <c>-</c> and <c>_</c>, at most 63 characters, so that a digest of 64 hex digits needs two.
/// </summary>
internal static class GcpLabels
{
    public const string ImageRest = ImageTags.Image + "-rest";

    /// <summary>Of a digest that only informs, and of the first of two labels.</summary>
    private const int Half = 32;

    public static IReadOnlyDictionary<string, string> Of(DestinationSetting setting, PublishableImage image)
    {
        Dictionary<string, string> labels = ImageTags.Of(setting, image).ToDictionary(StringComparer.Ordinal);
        labels[ImageTags.Image] = image.Digest.Hex[..Half];
        labels[ImageRest] = image.Digest.Hex[Half..];
        labels[ImageTags.RecipeDigest] = image.Description.RecipeDigest.Hex[..Half];
        labels[ImageTags.Recipe] = image.Description.Recipe.Replace('.', '_');
        return labels;
    }

    public static string? OwnerOf(IReadOnlyDictionary<string, string> labels) => labels.GetValueOrDefault(ImageTags.Owner);

    public static Sha256? ImageOf(IReadOnlyDictionary<string, string> labels) =>
        ImageTags.ImageOf(labels.GetValueOrDefault(ImageTags.Image) + labels.GetValueOrDefault(ImageRest));

    public static bool IsKey(string text) => text.Length is > 0 and <= 63 && char.IsAsciiLetterLower(text[0]) && text.All(IsCharacter);

    public static bool IsValue(string text) => text.Length <= 63 && text.All(IsCharacter);

    private static bool IsCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_';
}
