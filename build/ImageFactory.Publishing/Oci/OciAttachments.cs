using ImageFactory.Publishing.Journal;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>What refers to an image: measurements, reference values, manifest, bill of materials, each as an artifact with the image as its subject.</summary>
internal sealed class OciAttachments(OciPlace place, Repository repository)
{
    /// <returns>True when all of them were there already.</returns>
    public async Task<bool> EnsureAsync(PublishableImage image, Descriptor subject, PublicationJournal journal, Dictionary<string, string> objects, CancellationToken cancellation)
    {
        if (image.Attachments.Count == 0)
            return true;
        IReadOnlyList<Descriptor> there = await repository.ReferrersAsync(subject.Digest, cancellation).ConfigureAwait(false);
        bool all = true;
        foreach (Attachment attachment in image.Attachments)
        {
            BlobToPush content = Blobs.Small(AttachmentTypes.Of(attachment), attachment.Content, attachment.Name);
            Dictionary<string, string> annotations = ImageTags.Of(place.Setting, image).ToDictionary();
            annotations["org.opencontainers.image.title"] = attachment.Name;
            (ContentDigest digest, bool wasThere) = await AttachAsync(content, annotations, subject, there, journal, cancellation).ConfigureAwait(false);
            objects[attachment.Name] = digest.ToString();
            all &= wasThere;
        }

        return all;
    }

    /// <summary>Makes an artifact of one blob, whose type is also the artifact's, refer to the image.</summary>
    /// <param name="there">What refers to it already.</param>
    public async Task<(ContentDigest Digest, bool WasThere)> AttachAsync(
        BlobToPush content, Dictionary<string, string> annotations, Descriptor subject, IReadOnlyList<Descriptor> there, PublicationJournal journal, CancellationToken cancellation)
    {
        string type = content.Descriptor.MediaType;
        byte[] manifest = ManifestText.Manifest(ManifestText.EmptyDescriptor, [content.Descriptor], type, annotations, subject);
        Descriptor referrer = new(MediaTypes.OciManifest, ContentDigest.Of(manifest), manifest.Length) { ArtifactType = type, Annotations = annotations };
        if (there.Any(d => d.Digest == referrer.Digest))
            return (referrer.Digest, true);

        OciUpload upload = new(place, repository, journal);
        await upload.PushAsync(repository, content, null, cancellation).ConfigureAwait(false);
        await upload.PushAsync(repository, BlobToPush.Of(ManifestText.EmptyDescriptor, ManifestText.Empty), null, cancellation).ConfigureAwait(false);
        string key = $"{referrer.Digest} {subject.Digest}";
        journal.Intend(OciWords.Attachment, key);
        if (!await repository.PutManifestAsync(null, MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false))
            await repository.ListReferrerAsync(subject.Digest, referrer, cancellation).ConfigureAwait(false);
        journal.Created(OciWords.Attachment, key, referrer.Digest.ToString());
        return (referrer.Digest, false);
    }

    /// <summary>Off the list first: registries refuse a list that names what is gone.</summary>
    public async Task RemoveAsync(ContentDigest referrer, ContentDigest subject, CancellationToken cancellation)
    {
        await repository.UnlistReferrerAsync(subject, referrer, cancellation).ConfigureAwait(false);
        await repository.DeleteManifestAsync(referrer, cancellation).ConfigureAwait(false);
    }
}
