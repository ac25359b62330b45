using System.Text.Json.Serialization;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Fleet;

/// <summary>One image of a fleet.</summary>
public sealed record FleetEntry
{
    /// <summary>Names its result, so no other entry has it.</summary>
    public required string Name { get; init; }

    public required SourcePath Recipe { get; init; }

    /// <summary>Over the recipe and the environment, each as <c>--set</c> takes it; paths in them start from the list's folder.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>That of the recipe. Machines of it build the image.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Only the recipe's destinations of this provider are published to; null: all of them.</summary>
    public FleetProvider? Provider { get; init; }

    /// <summary>Where it stands in its list: <c>fleet.yaml:3:5</c>.</summary>
    public string Place { get; internal init; } = "";

    /// <summary>The absolute folder of the list.</summary>
    internal string Folder { get; init; } = "";

    /// <summary>Places of <see cref="Set"/>.</summary>
    internal IReadOnlyList<string> SetPlaces { get; init; } = [];
}

/// <summary>The providers of the Job, by their values of CLOUD_PROVIDER.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FleetProvider>))]
public enum FleetProvider
{
    [JsonStringEnumMemberName("aws")]
    Aws,

    [JsonStringEnumMemberName("azure")]
    Azure,

    [JsonStringEnumMemberName("gcp")]
    Gcp,

    [JsonStringEnumMemberName("libvirt")]
    Libvirt,
}
