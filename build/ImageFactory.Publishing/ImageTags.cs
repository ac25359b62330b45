using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>The tags that every object of ours carries. Keys and values keep to what all services take, but for the length of digests.</summary>
public static class ImageTags
{
    public const string Owner = "imagefactory-owner";
    public const string Recipe = "imagefactory-recipe";
    public const string RecipeDigest = "imagefactory-recipe-digest";
    public const string Image = "imagefactory-image";

    /// <summary>Ours in the order of their keys, then the author's.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(DestinationSetting setting, PublishableImage image) =>
    [
        new(Image, image.Digest.Hex),
        new(Owner, setting.Owner),
        new(Recipe, image.Description.Recipe),
        new(RecipeDigest, image.Description.RecipeDigest.Hex),
        .. setting.Destination.Tags.OrderBy(t => t.Key, StringComparer.Ordinal),
    ];

    /// <summary>The image of a tag's value, where it is a digest.</summary>
    public static Sha256? ImageOf(string? value) => Sha256.IsHex(value) ? new Sha256(value!) : null;
}
