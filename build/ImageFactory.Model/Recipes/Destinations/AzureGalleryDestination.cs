using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("azure-gallery")]
[Description("A version of an image definition in an Azure Compute Gallery. Gallery and definition are made when they are absent.")]
public sealed record AzureGalleryDestination : Destination
{
    [Description("Subscription id. Left out: AZURE_SUBSCRIPTION_ID.")]
    public string? Subscription { get; init; }

    [Description("Resource group; it must exist. Left out: AZURE_RESOURCE_GROUP.")]
    public string? ResourceGroup { get; init; }

    [Description("Home region of what is made, such as westeurope. Left out: AZURE_REGION.")]
    public string? Region { get; init; }

    [Description("The cloud: its addresses of sign-in and management.")]
    public AzureCloudName Cloud { get; init; } = AzureCloudName.Public;

    [Description("Name of the gallery: letters, digits, inner dots and underscores, at most 80.")]
    public required string Gallery { get; init; }

    [Description("Name of the image definition: letters, digits, inner dots, dashes and underscores, at most 80.")]
    public required string Definition { get; init; }

    [Description("Version of the image, Major.Minor.Patch. A version that holds another image is only overwritten with replace.")]
    public required string Version { get; init; }

    [Description("An image of this owner that has the version but other content is removed for the new one, unless a machine uses it. Otherwise that is a fault.")]
    public bool Replace { get; init; }

    [Description("Publisher of a new definition.")]
    public string Publisher { get; init; } = "ImageFactory";

    [Description("Offer of a new definition. Publisher, offer and SKU together are unique in a gallery.")]
    public string Offer { get; init; } = "PodVM";

    [Description("SKU of a new definition. Left out: the definition's name.")]
    public string? Sku { get; init; }

    [Description("What machines the definition is for: confidential, trusted-launch, both, or plain. An existing definition with another one is a fault.")]
    public AzureSecurityType SecurityType { get; init; } = AzureSecurityType.Confidential;

    [Description("Further regions that the version is copied to.")]
    public IReadOnlyList<AzureTargetRegion> Regions { get; init; } = [];

    [Description("Copies of the version in a region that does not say another number, 1 to 100.")]
    public int Replicas { get; init; } = 1;

    [Description("Storage of the copies in a region that does not say another.")]
    public AzureReplicaStorage Storage { get; init; } = AzureReplicaStorage.StandardLrs;

    [Description("Machines that ask for the latest version do not get this one.")]
    public bool ExcludeFromLatest { get; init; }

    [Description("Certificates (PEM or DER) for the Secure Boot db beside the one that signed the image. They are added to Microsoft's keys.")]
    public IReadOnlyList<SourcePath> SignatureDatabase { get; init; } = [];

    [Description("Id of a subnet: the disk is then written through a private endpoint in it, and never reachable from outside.")]
    public string? PrivateEndpointSubnet { get; init; }
}

[Description("A region that the version is copied to.")]
public sealed record AzureTargetRegion
{
    [Description("Name of the region, such as northeurope.")]
    public required string Name { get; init; }

    [Description("Copies there, 1 to 100. Left out: the destination's number.")]
    public int? Replicas { get; init; }

    [Description("Storage of the copies there. Left out: the destination's.")]
    public AzureReplicaStorage? Storage { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<AzureCloudName>))]
public enum AzureCloudName
{
    [JsonStringEnumMemberName("public")]
    Public,

    [JsonStringEnumMemberName("government")]
    Government,

    [JsonStringEnumMemberName("china")]
    China,
}

[JsonConverter(typeof(JsonStringEnumConverter<AzureSecurityType>))]
public enum AzureSecurityType
{
    [JsonStringEnumMemberName("confidential")]
    Confidential,

    [JsonStringEnumMemberName("trusted-launch")]
    TrustedLaunch,

    [JsonStringEnumMemberName("both")]
    Both,

    [JsonStringEnumMemberName("plain")]
    Plain,
}

[JsonConverter(typeof(JsonStringEnumConverter<AzureReplicaStorage>))]
public enum AzureReplicaStorage
{
    [JsonStringEnumMemberName("Standard_LRS")]
    StandardLrs,

    [JsonStringEnumMemberName("Standard_ZRS")]
    StandardZrs,

    [JsonStringEnumMemberName("Premium_LRS")]
    PremiumLrs,
}
