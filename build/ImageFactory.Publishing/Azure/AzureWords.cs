using Azure.Core;

namespace ImageFactory.Publishing.Azure;

/// <summary>Our word for each kind of resource, as journals and lists have it.</summary>
internal static class AzureWords
{
    public const string Gallery = "gallery";
    public const string Definition = "image-definition";
    public const string Version = "image-version";
    public const string Disk = "disk";
    public const string DiskAccess = "disk-access";
    public const string Endpoint = "private-endpoint";

    public static string KindOf(ResourceIdentifier id) => id.ResourceType.GetLastType().ToLowerInvariant() switch
    {
        "galleries" => Gallery,
        "images" => Definition,
        "versions" => Version,
        "disks" => Disk,
        "diskaccesses" => DiskAccess,
        "privateendpoints" => Endpoint,
        string other => other,
    };
}
