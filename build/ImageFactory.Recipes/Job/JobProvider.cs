using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Recipes.Job;

/// <summary>A provider that the Job knows.</summary>
/// <param name="Name">The value of CLOUD_PROVIDER.</param>
/// <param name="Kind">Kind of its destination.</param>
/// <param name="Complete">Sets what several variables together say, and what stands when they are empty.</param>
internal sealed record JobProvider(string Name, string Kind, Action<JobScope> Complete)
{
    private const string BaseName = "podvm-image";

    public static IReadOnlyList<JobProvider> All { get; } =
    [
        new("aws", "ami", job =>
        {
            job.Named("AMI_BASE_NAME", "AMI_VERSION", "AMI_VERSION_MAJ_MIN", BaseName, "0.0.1");
            job.SetDestinationWord("CLOUD_PROVIDER", nameof(AmiDestination.Replace), "true");
        }),
        new("azure", "azure-gallery", job =>
        {
            job.Required("IMAGE_GALLERY_NAME", nameof(AzureGalleryDestination.Gallery));
            job.Default(nameof(AzureGalleryDestination.Definition), BaseName);
            job.SetVersion("IMAGE_VERSION", "IMAGE_VERSION_MAJ_MIN", nameof(AzureGalleryDestination.Version), "0.0.1");
            job.SetDestinationWord("CLOUD_PROVIDER", nameof(AzureGalleryDestination.Replace), "true");
        }),
        new("gcp", "gcp-image", job =>
        {
            job.Named("IMAGE_BASE_NAME", "IMAGE_VERSION", null, BaseName, "0-0-1");
            job.SetDestinationWord("CLOUD_PROVIDER", nameof(GcpImageDestination.Replace), "true");
        }),
        new("libvirt", "libvirt", job =>
        {
            job.Required("LIBVIRT_URI", nameof(LibvirtDestination.Uri));
            job.Required("LIBVIRT_POOL", nameof(LibvirtDestination.Pool));
        }),
    ];
}
