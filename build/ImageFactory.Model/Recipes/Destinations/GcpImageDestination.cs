using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("gcp-image")]
[Description("An image of Google Compute Engine. The disk goes through an object in Cloud Storage that is removed again.")]
public sealed record GcpImageDestination : Destination
{
    [Description("Project id. Left out: GCP_PROJECT_ID or GOOGLE_CLOUD_PROJECT.")]
    public string? Project { get; init; }

    [Description("Bucket for the upload; it must exist. Left out: GCP_BUCKET_NAME, else a bucket is made for the upload and removed after it.")]
    public string? Bucket { get; init; }

    [Description("Region or multi-region that the image, and a bucket made for the upload, are kept in. Left out: GCP_REGION, or the region of GCP_ZONE, else Google's choice.")]
    public string? Location { get; init; }

    [Description("Name of the image. Left out: the recipe's name and the first 12 digits of the image's digest, so that each image has its own.")]
    public string? Name { get; init; }

    [Description("An image of this owner that has the name but other content is removed for the new one, unless a machine uses it. Otherwise that is a fault.")]
    public bool Replace { get; init; }

    [Description("Image family; machines that ask for the family get its newest image.")]
    public string? Family { get; init; }

    [Description("Confidential machines that the image may run on. Left out: all.")]
    public IReadOnlyList<GcpConfidentialType> Confidential { get; init; } = [GcpConfidentialType.Sev, GcpConfidentialType.SevSnp, GcpConfidentialType.Tdx];

    [Description("Certificates (PEM or DER) for the Secure Boot db beside the one that signed the image. They take the place of Google's default db.")]
    public IReadOnlyList<SourcePath> SignatureDatabase { get; init; } = [];

    [Description("Certificate of the platform key (PK) for Secure Boot.")]
    public SourcePath? PlatformKey { get; init; }

    [Description("Certificates of the key exchange keys (KEK) for Secure Boot.")]
    public IReadOnlyList<SourcePath> KeyExchangeKeys { get; init; } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<GcpConfidentialType>))]
public enum GcpConfidentialType
{
    [JsonStringEnumMemberName("sev")]
    Sev,

    [JsonStringEnumMemberName("sev-snp")]
    SevSnp,

    [JsonStringEnumMemberName("tdx")]
    Tdx,
}
