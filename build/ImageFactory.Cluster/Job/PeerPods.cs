using ImageFactory.Cluster.ConfigMaps;

namespace ImageFactory.Cluster.Job;

/// <summary>
/// The ConfigMap that the cloud-api-adaptor takes the image's id from. It restarts with every change, so each of ours is one patch, and nothing is sent
/// that is there already.
/// </summary>
public sealed class PeerPods(ConfigMapClient maps, ImageKeys keys)
{
    public const string Name = "peer-pods-cm";

    /// <summary>The ConfigMap; null when there is none.</summary>
    public Task<ConfigMap?> ReadAsync(CancellationToken cancellation) => maps.GetAsync(Name, cancellation);

    /// <summary>The image that the last run published; null when none is known.</summary>
    public string? LatestIn(ConfigMap map) => Text(keys.Annotation is { } annotation ? map.Annotations.GetValueOrDefault(annotation) : map.Data.GetValueOrDefault(keys.ImageKey));

    /// <summary>The image that new pods boot; null when there is none.</summary>
    public string? InUseIn(ConfigMap map) => Text(map.Data.GetValueOrDefault(keys.ImageKey));

    /// <summary>Tells of an image, in one patch.</summary>
    /// <param name="image">What was published.</param>
    /// <param name="rollOut">Also lets new pods boot it.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The ConfigMap afterwards; null when there is none.</returns>
    public Task<ConfigMap?> TellAsync(ToldImage image, bool rollOut, CancellationToken cancellation)
    {
        Dictionary<string, string?> annotations = new(StringComparer.Ordinal);
        if (keys.Annotation is { } annotation)
            annotations[annotation] = image.Id;
        if (image.MadeGallery is { } gallery)
            annotations[ImageKeys.GalleryAnnotation] = gallery;
        Dictionary<string, string?> data = new(StringComparer.Ordinal);
        if (rollOut)
        {
            data[keys.ImageKey] = image.Id;
            foreach ((string key, string value) in image.Further)
                data[key] = value;
        }

        return maps.ChangeAsync(Name, _ => new ConfigMapChange { Annotations = annotations, Data = data }, cancellation);
    }

    /// <summary>Forgets an image that was removed: the annotation goes, the key stays and is empty. One that names another image is left alone.</summary>
    public Task<ConfigMap?> ForgetAsync(string id, CancellationToken cancellation) => maps.ChangeAsync(
        Name,
        current => new ConfigMapChange
        {
            Annotations = keys.Annotation is { } annotation && current.Annotations.GetValueOrDefault(annotation) == id ? One(annotation, null) : One(),
            Data = current.Data.GetValueOrDefault(keys.ImageKey) == id ? One(keys.ImageKey, "") : One(),
        },
        cancellation);

    public Task<ConfigMap?> ForgetGalleryAsync(CancellationToken cancellation) =>
        maps.ChangeAsync(Name, _ => new ConfigMapChange { Annotations = One(ImageKeys.GalleryAnnotation, null) }, cancellation);

    private static Dictionary<string, string?> One() => [];

    private static Dictionary<string, string?> One(string key, string? value) => new(StringComparer.Ordinal) { [key] = value };

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <param name="Id">What the cloud-api-adaptor is given.</param>
public sealed record ToldImage(string Id)
{
    /// <summary>Name of a gallery that was made for it.</summary>
    public string? MadeGallery { get; init; }

    /// <summary>Further keys beside the id: pool and volume of libvirt.</summary>
    public IReadOnlyDictionary<string, string> Further { get; init; } = new Dictionary<string, string>();
}
