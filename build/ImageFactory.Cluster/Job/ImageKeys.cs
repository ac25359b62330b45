namespace ImageFactory.Cluster.Job;

/// <summary>Where the ConfigMap <c>peer-pods-cm</c> names the image of a provider, and which variables name one that is to be removed.</summary>
/// <param name="Provider">The value of CLOUD_PROVIDER.</param>
/// <param name="Annotation">The id of the newest image; null: the provider has none.</param>
/// <param name="ImageKey">The id of the image that new pods boot.</param>
/// <param name="RemovalVariables">The first that has a value counts.</param>
public sealed record ImageKeys(string Provider, string? Annotation, string ImageKey, IReadOnlyList<string> RemovalVariables)
{
    /// <summary>Name of the gallery that was made for images, on <c>peer-pods-cm</c>.</summary>
    public const string GalleryAnnotation = "IMAGE_GALLERY_NAME";

    public static IReadOnlyList<ImageKeys> All { get; } =
    [
        new("aws", "LATEST_AMI_ID", "PODVM_AMI_ID", ["AMI_ID"]),
        new("azure", "LATEST_IMAGE_ID", "AZURE_IMAGE_ID", ["IMAGE_ID"]),
        new("gcp", "LATEST_IMAGE_ID", "PODVM_IMAGE_NAME", ["IMAGE_NAME", "IMAGE_ID"]),
        new("libvirt", null, "LIBVIRT_IMAGE_ID", ["LIBVIRT_IMAGE_ID"]),
    ];

    /// <exception cref="InvalidOperationException">A bug: the table of variables knows a provider that this one does not.</exception>
    public static ImageKeys Of(string provider) =>
        All.FirstOrDefault(k => k.Provider == provider) ?? throw new InvalidOperationException($"peer-pods-cm has no keys for {provider}");
}
