using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager.Resources;

namespace ImageFactory.Publishing.Azure;

/// <summary>A resource as the service shows it.</summary>
internal sealed record ArmResource(ResourceIdentifier Id, IReadOnlyDictionary<string, string> Tags, JsonObject Properties)
{
    public string? ProvisioningState => Text("provisioningState");

    public bool IsOwnedBy(string owner) => Tags.TryGetValue(ImageTags.Owner, out string? value) && value == owner;

    public string? Text(string property) => (string?)Properties[property];

    public static ArmResource Of(GenericResourceData data) =>
        new(data.Id, data.Tags.ToDictionary(StringComparer.OrdinalIgnoreCase), (JsonNode.Parse(data.Properties ?? BinaryData.FromString("{}")) as JsonObject) ?? []);
}
