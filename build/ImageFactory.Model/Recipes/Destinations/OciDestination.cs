using System.ComponentModel;

namespace ImageFactory.Model.Recipes.Destinations;

/// <summary>A repository of an OCI registry.</summary>
public abstract record OciDestination : Destination
{
    [Description("Where to: HOST[:PORT]/REPOSITORY[:TAG]. Credentials, authorities and insecure registries are those of podman. Without a tag: the recipe's name and the first 12 digits of the image's digest.")]
    public required string Image { get; init; }

    [Description("The tag names an index with one image for each architecture; the recipe of another architecture adds its own.")]
    public bool MultiArch { get; init; }

    [Description("Another repository of the same registry, without the host: blobs that it has are taken over from there and not sent.")]
    public string? MountFrom { get; init; }

    [Description("Measurements, reference values and the manifest are attached as referrers too.")]
    public bool Attach { get; init; } = true;
}
