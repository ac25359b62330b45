using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>
/// Pushes an image to a registry: blobs, the manifest under its digest, what is attached to it, the image's own tag, and last the recipe's tag,
/// so that who pulls sees the former image or the new one. Blobs that no manifest names are the registry's to collect: another image may share them.
/// </summary>
internal sealed class OciPublisher(OciPlace place, IOciForm form) : IPublisher
{
    private readonly Lazy<RegistryClient> client = new(() => new RegistryClient(place.Setting.Surroundings.Registries, place.Setting.Surroundings.Time));

    public string Place => place.Place;

    private Repository Repository => client.Value.OpenRepository(place.Reference!);

    public async Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        List<Fault> faults = [.. place.Faults()];
        if (faults.Count > 0)
            return faults;
        try
        {
            await Repository.CheckPushAsync(cancellation).ConfigureAwait(false);
            if (place.Tag is { } tag && await Repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { } there)
                faults.AddRange(new OciTags(place, Repository).Objections(tag, there));
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        return faults;
    }

    public async Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        FactoryException.ThrowIfAny(place.Faults());
        Repository repository = Repository;
        OciTags tags = new(place, repository);
        OciAttachments attachments = new(place, repository);
        string tag = place.TagOf(image);
        FetchedManifest? former = await tags.FindReplaceableAsync(tag, cancellation).ConfigureAwait(false);

        OciUpload upload = new(place, repository, journal);
        FetchedManifest? there = await repository.FindManifestAsync(place.AnchorOf(image.Digest), cancellation).ConfigureAwait(false);
        byte[] manifest = await upload.RunAsync(form, image, there, progress, cancellation).ConfigureAwait(false);
        Descriptor descriptor = new(MediaTypes.OciManifest, ContentDigest.Of(manifest), manifest.Length);
        bool adopted = there?.Digest == descriptor.Digest;
        if (!adopted)
        {
            journal.Intend(OciWords.Manifest, descriptor.Digest.ToString());
            await repository.PutManifestAsync(null, MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
            journal.Created(OciWords.Manifest, descriptor.Digest.ToString(), descriptor.Digest.ToString());
        }

        Dictionary<string, string> objects = new() { ["manifest"] = descriptor.Digest.ToString(), ["tag"] = tag };
        if (place.Destination.Attach)
            adopted &= await attachments.EnsureAsync(image, descriptor, journal, objects, cancellation).ConfigureAwait(false);
        adopted &= await new OciSignatures(place, repository).EnsureAsync(image, descriptor, journal, objects, cancellation).ConfigureAwait(false);
        if (there?.Digest != descriptor.Digest)
            await repository.PutManifestAsync(place.AnchorOf(image.Digest), MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
        adopted &= await tags.MoveAsync(tag, descriptor, manifest, image.Description.Architecture, journal, cancellation).ConfigureAwait(false);
        adopted &= await new OciIndexSignature(place, repository).EnsureAsync(tag, former?.Digest, image, journal, objects, cancellation).ConfigureAwait(false);
        return new Publication(place.Setting.Destination.Label ?? Place, place.Kind, $"{repository.Name}:{tag}@{descriptor.Digest}", adopted, upload.BytesSent) { Objects = objects };
    }

    public async Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        Repository repository = Repository;
        switch (leftOver.Kind)
        {
            case OciWords.Upload when leftOver.Id is { } session:
                await repository.CancelUploadAsync(session, cancellation).ConfigureAwait(false);
                break;
            case OciWords.Tag:
                await new OciTags(place, repository).RestoreAsync(leftOver.Key, cancellation).ConfigureAwait(false);
                break;
            case OciWords.Attachment:
                string[] key = leftOver.Key.Split(' ');
                await new OciAttachments(place, repository).RemoveAsync(ContentDigest.Parse(key[0]), ContentDigest.Parse(key[1]), cancellation).ConfigureAwait(false);
                break;
            case OciWords.Manifest:
                await repository.DeleteManifestAsync(ContentDigest.Parse(leftOver.Key), cancellation).ConfigureAwait(false);
                break;
        }
    }

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => new OciInventory(place, Repository).ListAsync(cancellation);

    public async Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation)
    {
        Repository repository = Repository;
        string[] id = found.Id.Split(' ');
        if (found.Kind == OciWords.Attachment)
        {
            await new OciAttachments(place, repository).RemoveAsync(ContentDigest.Parse(id[1]), ContentDigest.Parse(id[0]), cancellation).ConfigureAwait(false);
            return;
        }

        ContentDigest digest = ContentDigest.Parse(id[0]);
        if (place is { Tag: { } tag, Destination.MultiArch: true })
            await new OciTags(place, repository).LeaveIndexAsync(tag, digest, null, cancellation).ConfigureAwait(false);
        await repository.DeleteManifestAsync(digest, cancellation).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The kinds of what is in journals and lists.</summary>
internal static class OciWords
{
    public const string Upload = "upload";
    public const string Manifest = "manifest";
    public const string Attachment = "attachment";
    public const string Tag = "tag";
}
