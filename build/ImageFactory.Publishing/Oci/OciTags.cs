using ImageFactory.Model;
using ImageFactory.Publishing.Journal;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>
/// The recipe's tag: it names the newest image, or an index with the newest of each architecture. It moves from one image of this owner to the
/// next; what another put there is never replaced.
/// </summary>
internal sealed class OciTags(OciPlace place, Repository repository)
{
    private const string Nothing = "-";

    /// <summary>An index that others change at the same time is read and written again this often.</summary>
    private const int IndexAttempts = 8;

    /// <summary>Why what is under the tag may not be replaced.</summary>
    public IReadOnlyList<Fault> Objections(string tag, FetchedManifest there)
    {
        IReadOnlyDictionary<string, string> annotations = there.IsIndex ? there.ToIndex().Annotations : there.ToManifest().Annotations;
        if (!place.IsOurs(annotations))
            return [OciFaults.TagOfAnother(place.Where, tag, annotations.GetValueOrDefault(ImageTags.Owner))];
        return there.IsIndex == place.Destination.MultiArch ? [] : [OciFaults.OtherShape(place.Where, tag, there.IsIndex)];
    }

    /// <returns>What is under the tag and may be replaced.</returns>
    /// <exception cref="FactoryException">IFU702, IFU703.</exception>
    public async Task<FetchedManifest?> FindReplaceableAsync(string tag, CancellationToken cancellation)
    {
        FetchedManifest? there = await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false);
        if (there is not null)
            FactoryException.ThrowIfAny(Objections(tag, there));
        return there;
    }

    /// <summary>Makes the tag name the image.</summary>
    /// <returns>True when it did so already.</returns>
    public async Task<bool> MoveAsync(string tag, Descriptor image, byte[] manifest, Architecture architecture, PublicationJournal journal, CancellationToken cancellation)
    {
        FetchedManifest? there = await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false);
        if (there is not null)
            FactoryException.ThrowIfAny(Objections(tag, there));
        string machine = ImageIndex.NameOf(architecture);
        ContentDigest? before = !place.Destination.MultiArch ? there?.Digest : there?.ToIndex().Entries.FirstOrDefault(e => e.Architecture == machine)?.Manifest.Digest;
        if (before == image.Digest)
            return true;
        journal.Intend(OciWords.Tag, $"{tag} {image.Digest} {before?.ToString() ?? Nothing} {machine}");
        if (place.Destination.MultiArch)
            await ChangeIndexAsync(tag, entries => [.. entries.Where(e => e.Architecture != machine), (image, machine)], entries => entries.Any(e => e.Manifest.Digest == image.Digest), cancellation).ConfigureAwait(false);
        else
            await repository.PutManifestAsync(tag, MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
        return false;
    }

    /// <summary>Puts back what a try that failed had moved.</summary>
    /// <param name="key">Of the journal: tag, digest of the image that failed, digest of the one before, machine.</param>
    public async Task RestoreAsync(string key, CancellationToken cancellation)
    {
        string[] parts = key.Split(' ');
        (string tag, ContentDigest failed) = (parts[0], ContentDigest.Parse(parts[1]));
        FetchedManifest? before = parts[2] == Nothing ? null : await repository.FindManifestAsync(parts[2], cancellation).ConfigureAwait(false);
        if (place.Destination.MultiArch)
            await LeaveIndexAsync(tag, failed, before is null ? null : (before.Descriptor, parts[3]), cancellation).ConfigureAwait(false);
        else if (before is not null && await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { } there && there.Digest == failed)
            await repository.PutManifestAsync(tag, before.MediaType, before.Body, cancellation).ConfigureAwait(false);
    }

    /// <summary>Takes an image out of the index; an index that is empty then goes.</summary>
    /// <param name="instead">What stands there instead.</param>
    public async Task LeaveIndexAsync(string tag, ContentDigest image, (Descriptor Manifest, string? Architecture)? instead, CancellationToken cancellation)
    {
        if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is not { IsIndex: true } there || !place.IsOurs(there.ToIndex().Annotations)
            || there.ToIndex().Entries.All(e => e.Manifest.Digest != image))
            return;
        await ChangeIndexAsync(
            tag,
            entries => [.. entries.Where(e => e.Manifest.Digest != image), .. instead is { } other ? [other] : Array.Empty<(Descriptor, string?)>()],
            entries => entries.All(e => e.Manifest.Digest != image),
            cancellation).ConfigureAwait(false);
        await new OciSignatures(place, repository).RemoveOfIndexAsync(there.Digest, cancellation).ConfigureAwait(false);
    }

    private async Task ChangeIndexAsync(
        string tag,
        Func<IReadOnlyList<(Descriptor Manifest, string? Architecture)>, IReadOnlyList<(Descriptor Manifest, string? Architecture)>> change,
        Func<IReadOnlyList<(Descriptor Manifest, string? Architecture)>, bool> holds,
        CancellationToken cancellation)
    {
        for (int attempt = 1; attempt <= IndexAttempts; attempt++)
        {
            FetchedManifest? there = await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false);
            (Descriptor Manifest, string? Architecture)[] before = there is null ? [] : [.. there.ToIndex().Entries.Select(e => (e.Manifest, e.Architecture))];
            if (holds(before))
                return;
            (Descriptor Manifest, string? Architecture)[] after = [.. change(before).OrderBy(e => e.Architecture, StringComparer.Ordinal)];
            if (after.Length == 0)
                await repository.DeleteManifestAsync(there!.Digest, cancellation).ConfigureAwait(false);
            else
                await repository.PutManifestAsync(tag, MediaTypes.OciIndex, ManifestText.Index(after, IndexAnnotations), cancellation).ConfigureAwait(false);

            // Read again: two writers at the same time lose what one of them wrote.
        }

        throw new FactoryException(OciFaults.IndexLost(place.Where, tag));
    }

    private Dictionary<string, string> IndexAnnotations => new() { [ImageTags.Owner] = place.Setting.Owner };
}
