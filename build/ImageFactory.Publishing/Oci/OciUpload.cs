using ImageFactory.Publishing.Journal;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>Brings the blobs of an image there. Those that are there already, here or in a named repository, are not sent.</summary>
internal sealed class OciUpload(OciPlace place, Repository repository, PublicationJournal journal)
{
    /// <summary>The note of the digest of the disk's blob, so that a run that goes on need not read the disk for it.</summary>
    private const string DiskNote = "disk-blob";

    public long BytesSent { get; private set; }

    /// <param name="there">The manifest that this image has there, whoever put it.</param>
    /// <returns>The manifest, all blobs of which are there now.</returns>
    public async Task<byte[]> RunAsync(IOciForm form, PublishableImage image, FetchedManifest? there, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        Dictionary<string, string> annotations = AnnotationsOf(image);
        using DiskBlob disk = form.Disk(image);
        Descriptor descriptor = disk.DescriptorWith(KnownDigest(disk, image, there) ?? await Task.Run(() => Blobs.DigestOf(disk.Length, disk.Read, cancellation), cancellation).ConfigureAwait(false));
        journal.Note(DiskNote, descriptor.Digest.ToString());
        (byte[] manifest, IReadOnlyList<BlobToPush> others) = form.Describe(image, descriptor, annotations);
        await PushAsync(repository, new BlobToPush(descriptor, disk.Read), sent => progress.Report(new TransferProgress(sent, disk.Length)), cancellation).ConfigureAwait(false);
        foreach (BlobToPush other in others)
            await PushAsync(repository, other, null, cancellation).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>Sends one blob unless it is there.</summary>
    public async Task PushAsync(Repository to, BlobToPush blob, Action<long>? progress, CancellationToken cancellation)
    {
        string key = blob.Descriptor.Digest.ToString();
        string? session = journal.Find(OciWords.Upload, key)?.Id;
        if (session is null && await IsThereAsync(to, blob.Descriptor, cancellation).ConfigureAwait(false))
        {
            progress?.Invoke(blob.Descriptor.Size);
            return;
        }

        journal.Intend(OciWords.Upload, key);
        BytesSent += await to.PushBlobAsync(blob, session, Remember, progress, cancellation).ConfigureAwait(false);
        journal.Removed(OciWords.Upload, key);

        void Remember(string location)
        {
            // The address lets anybody who has it go on with the upload at some registries.
            place.Setting.Surroundings.ConcealAddress(location);
            if (blob.Descriptor.Size > 0 && location != session)
                journal.Created(OciWords.Upload, key, session = location);
        }
    }

    private async Task<bool> IsThereAsync(Repository to, Descriptor blob, CancellationToken cancellation) =>
        await to.HasBlobAsync(blob, cancellation).ConfigureAwait(false)
        || (place.Destination.MountFrom is { } from && await to.MountAsync(blob, from, cancellation).ConfigureAwait(false));

    /// <summary>From the image itself, from what is there for it, or from an earlier run.</summary>
    private ContentDigest? KnownDigest(DiskBlob disk, PublishableImage image, FetchedManifest? there)
    {
        if (disk.Known is { } own)
            return own;
        if (there is { IsIndex: false } && there.ToManifest() is { } manifest && place.IsOurs(manifest.Annotations)
            && manifest.Annotations.GetValueOrDefault(ImageTags.Image) == image.Digest.Hex
            && manifest.Layers is [{ } layer, ..] && layer.MediaType == disk.MediaType && layer.Size == disk.Length)
        {
            return layer.Digest;
        }

        return ContentDigest.TryParse(journal.NoteOf(DiskNote), out ContentDigest noted) ? noted : null;
    }

    private Dictionary<string, string> AnnotationsOf(PublishableImage image)
    {
        Dictionary<string, string> annotations = new(Measurements.Annotations(image)) { ["org.opencontainers.image.title"] = image.Description.Recipe };
        if (image.Description.Text is { Length: > 0 } text)
            annotations["org.opencontainers.image.description"] = text;
        foreach ((string key, string value) in ImageTags.Of(place.Setting, image))
            annotations[key] = value;
        return annotations;
    }
}
