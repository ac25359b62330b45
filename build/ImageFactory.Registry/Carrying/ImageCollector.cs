using ImageFactory.Model;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.References;
using ImageFactory.Registry.Signatures;

namespace ImageFactory.Registry.Carrying;

/// <summary>
/// What must be taken along of an image so that a build finds it: what its reference names, the manifest for one machine, its configuration and layers, and its signatures,
/// which a policy elsewhere may demand.
/// </summary>
public sealed class ImageCollector
{
    private readonly RegistryClient client;
    private readonly ResolvedImage image;
    private readonly List<CarriedManifest> manifests = [];
    private readonly Dictionary<ContentDigest, CollectedContent> contents = [];

    private ImageCollector(RegistryClient client, ResolvedImage image)
    {
        this.client = client;
        this.image = image;
    }

    /// <param name="client">Contents are read through it: not to be disposed of before.</param>
    /// <param name="reference">With a digest; its signature is checked as for a build.</param>
    /// <param name="whole">False: without layers, for an image that a build only has to find.</param>
    /// <exception cref="FactoryException">As <see cref="RegistryClient.ResolveAsync"/>.</exception>
    public static async Task<CollectedImage> CollectAsync(RegistryClient client, ImageReference reference, Architecture architecture, bool whole, CancellationToken cancellation)
    {
        ImageCollector collector = new(client, await client.ResolveAsync(reference, architecture, cancellation).ConfigureAwait(false));
        ImageManifest manifest = collector.image.Manifest;
        foreach (ContentDigest digest in new[] { collector.image.Digest, collector.image.ManifestDigest }.Distinct())
        {
            await collector.TakeAsync(digest.ToString(), digest, cancellation).ConfigureAwait(false);
            if (await collector.TakeSignaturesAsync(SimpleSigning.TagOf(digest), cancellation).ConfigureAwait(false) is { } signatures)
                collector.AddBlobs(signatures.ToManifest().Layers);
        }

        collector.AddBlobs(whole ? [manifest.Config, .. manifest.Layers] : [manifest.Config]);
        return new CollectedImage(collector.image, collector.manifests, [.. collector.contents.Values]);
    }

    private async Task<FetchedManifest?> TakeSignaturesAsync(string tag, CancellationToken cancellation)
    {
        try
        {
            return await TakeAsync(tag, null, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e) when (e.Faults.All(f => f.ExitCode == ExitCode.MissingInput))
        {
            return null;
        }
    }

    private async Task<FetchedManifest> TakeAsync(string name, ContentDigest? digest, CancellationToken cancellation)
    {
        FetchedManifest found = await RegistryClient.FetchAsync(image.Connection, name, digest, cancellation).ConfigureAwait(false);
        manifests.Add(new CarriedManifest(image.Reference.Name, name, found.MediaType, found.Digest));
        contents[found.Digest] = new CollectedContent(found.Digest, found.Body.Length, () => new MemoryStream(found.Body, writable: false));
        return found;
    }

    private void AddBlobs(IEnumerable<Descriptor> blobs)
    {
        foreach (Descriptor blob in blobs)
            contents.TryAdd(blob.Digest, new CollectedContent(blob.Digest, blob.Size, () => client.OpenBlob(image, blob)));
    }
}

/// <param name="Image">What was found.</param>
/// <param name="Manifests">The names under which it is asked for.</param>
/// <param name="Contents">Each once.</param>
public sealed record CollectedImage(ResolvedImage Image, IReadOnlyList<CarriedManifest> Manifests, IReadOnlyList<CollectedContent> Contents);

/// <param name="Size">In bytes.</param>
/// <param name="Open">Read asynchronously and to its end, where size and digest are checked.</param>
public sealed record CollectedContent(ContentDigest Digest, long Size, Func<Stream> Open);
