using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing;

/// <summary>Every kind of destination; a new one is one folder and one entry here.</summary>
public static class PublisherKinds
{
    private static readonly IPublisherKind[] Kinds =
    [
        new Aws.AmiPublisherKind(), new Azure.AzureGalleryKind(), new Gcp.GcpImageKind(), new Directories.DirectoryPublisherKind(), new Oci.OciImageKind(), new Oci.OciArtifactKind(),
        new Libvirt.LibvirtKind(),
    ];

    /// <exception cref="InvalidOperationException">A bug: the recipe's grammar knows a kind that nothing here handles.</exception>
    public static IPublisherKind Of(Destination destination) =>
        Kinds.FirstOrDefault(k => k.Handles(destination)) ?? throw new InvalidOperationException($"no publisher handles {destination.GetType().Name}");
}
