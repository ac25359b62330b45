using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Azure;

/// <summary>Where a destination lies: the recipe's words completed from the environment, and the ids of everything that belongs to it.</summary>
internal sealed class AzurePlace(DestinationSetting setting)
{
    /// <summary>Resource names of disks may have 80 characters; the prefix tells one destination's from another's.</summary>
    private const int PlaceDigits = 12;

    public DestinationSetting Setting => setting;

    public AzureGalleryDestination Destination { get; } = (AzureGalleryDestination)setting.Destination;

    public string? Subscription => Destination.Subscription ?? setting.Surroundings.Variable("AZURE_SUBSCRIPTION_ID");

    public string? ResourceGroup => Destination.ResourceGroup ?? setting.Surroundings.Variable("AZURE_RESOURCE_GROUP");

    /// <summary>As Azure writes regions: lower case, no blanks.</summary>
    public string? Region => (Destination.Region ?? setting.Surroundings.Variable("AZURE_REGION"))?.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    public ArmEnvironment Environment => Destination.Cloud switch
    {
        AzureCloudName.Government => ArmEnvironment.AzureGovernment,
        AzureCloudName.China => ArmEnvironment.AzureChina,
        _ => ArmEnvironment.AzurePublicCloud,
    };

    public Uri Authority => Destination.Cloud switch
    {
        AzureCloudName.Government => global::Azure.Identity.AzureAuthorityHosts.AzureGovernment,
        AzureCloudName.China => global::Azure.Identity.AzureAuthorityHosts.AzureChina,
        _ => global::Azure.Identity.AzureAuthorityHosts.AzurePublicCloud,
    };

    public ResourceIdentifier Group => new($"/subscriptions/{Subscription}/resourceGroups/{ResourceGroup}");

    public ResourceIdentifier Gallery => new($"{Group}/providers/Microsoft.Compute/galleries/{Destination.Gallery}");

    public ResourceIdentifier Definition => new($"{Gallery}/images/{Destination.Definition}");

    public ResourceIdentifier Version => new($"{Definition}/versions/{Destination.Version}");

    /// <summary>Begins the names of what is only there while an image is brought.</summary>
    public string StagingPrefix => $"imagefactory-{Sha256.Of(Version.ToString().ToLowerInvariant()).Hex[..PlaceDigits]}-";

    public ResourceIdentifier Disk(Sha256 image) => new($"{Group}/providers/Microsoft.Compute/disks/{StagingPrefix}{image.Hex[..16]}");

    public ResourceIdentifier DiskAccess(Sha256 image) => new($"{Group}/providers/Microsoft.Compute/diskAccesses/{StagingPrefix}{image.Hex[..16]}");

    public ResourceIdentifier Endpoint(Sha256 image) => new($"{Group}/providers/Microsoft.Network/privateEndpoints/{StagingPrefix}{image.Hex[..16]}");

    /// <summary>The tags of what this destination shares between images: gallery and definition.</summary>
    public IReadOnlyDictionary<string, string> SharedTags => new Dictionary<string, string>
    {
        [ImageTags.Owner] = setting.Owner,
    };

    public string SecurityTypeFeature => Destination.SecurityType switch
    {
        AzureSecurityType.Confidential => "ConfidentialVmSupported",
        AzureSecurityType.TrustedLaunch => "TrustedLaunchSupported",
        AzureSecurityType.Both => "TrustedLaunchAndConfidentialVmSupported",
        _ => "None",
    };

    /// <summary>The home region first: a version must lie there.</summary>
    public JsonArray TargetRegions()
    {
        JsonArray regions = [];
        IEnumerable<AzureTargetRegion> all = Destination.Regions.Any(r => NameOf(r) == Region)
            ? Destination.Regions.OrderBy(r => NameOf(r) != Region)
            : Destination.Regions.Prepend(new AzureTargetRegion { Name = Region! });
        foreach (AzureTargetRegion region in all)
        {
            regions.Add(new JsonObject
            {
                ["name"] = NameOf(region),
                ["regionalReplicaCount"] = region.Replicas ?? Destination.Replicas,
                ["storageAccountType"] = WordOf(region.Storage ?? Destination.Storage),
            });
        }

        return regions;
    }

    public static string NameOf(AzureTargetRegion region) => region.Name.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string WordOf(AzureReplicaStorage storage) => storage switch
    {
        AzureReplicaStorage.StandardZrs => "Standard_ZRS",
        AzureReplicaStorage.PremiumLrs => "Premium_LRS",
        _ => "Standard_LRS",
    };
}
