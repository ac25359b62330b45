using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Gcp;

/// <summary>A destination with what the environment adds to it.</summary>
internal sealed record GcpPlace(DestinationSetting Setting, GcpImageDestination Destination)
{
    public string Where => Setting.Where;

    public PublishSurroundings Around => Setting.Surroundings;

    public string? Project => Destination.Project ?? Around.Variable("GCP_PROJECT_ID") ?? Around.Variable("GOOGLE_CLOUD_PROJECT");

    /// <summary>Null: a bucket is made for each upload.</summary>
    public string? Bucket => Destination.Bucket ?? Around.Variable("GCP_BUCKET_NAME");

    public string? Location => Destination.Location ?? Around.Variable("GCP_REGION") ?? RegionOf(Around.Variable("GCP_ZONE"));

    /// <summary>Objects of this owner lie in a folder of their own.</summary>
    public string ObjectPrefix => $"imagefactory/{Setting.Owner}/";

    public string NameOf(string recipe, string digest) => Destination.Name ?? $"{recipe}-{digest[..12]}";

    public string NameOf(PublishableImage image) => NameOf(image.Description.Recipe, image.Digest.Hex);

    public bool IsOurs(IReadOnlyDictionary<string, string> labels) => GcpLabels.OwnerOf(labels) == Setting.Owner;

    /// <summary>A zone is its region and a letter: <c>europe-west4-a</c>.</summary>
    private static string? RegionOf(string? zone) => zone?.LastIndexOf('-') is > 0 and int dash ? zone[..dash] : null;
}
