using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>Lists what of ours is in a repository: the images under this destination's tags, and before each what is attached to it.</summary>
internal sealed class OciInventory(OciPlace place, Repository repository)
{
    private const int AtOnce = 8;

    public async Task<IReadOnlyList<PlacedObject>> ListAsync(CancellationToken cancellation)
    {
        IReadOnlyList<string> tags = await repository.TagsAsync(cancellation).ConfigureAwait(false);
        IReadOnlyDictionary<string, FetchedManifest> named = await FetchAsync(tags, cancellation).ConfigureAwait(false);
        List<PlacedObject> found = [];
        foreach (IGrouping<ContentDigest, FetchedManifest> group in named.Where(n => IsOwnTag(n.Key)).Select(n => n.Value).Where(m => !m.IsIndex).GroupBy(m => m.Digest))
        {
            ImageManifest manifest = group.First().ToManifest();
            if (!place.IsOurs(manifest.Annotations))
                continue;
            Sha256? image = ImageTags.ImageOf(manifest.Annotations.GetValueOrDefault(ImageTags.Image));
            foreach (Descriptor attached in await repository.ReferrersAsync(group.Key, cancellation).ConfigureAwait(false))
            {
                if (place.IsOurs(attached.Annotations))
                    found.Add(new PlacedObject(OciWords.Attachment, $"{group.Key} {attached.Digest}") { Name = attached.Title, Image = image });
            }

            foreach (string tag in OciSignatures.TagsOf(group.Key))
            {
                if (named.TryGetValue(tag, out FetchedManifest? signed) && !signed.IsIndex && place.IsOurs(signed.ToManifest().Annotations))
                    found.Add(new PlacedObject(OciWords.Manifest, signed.Digest.ToString()) { Name = tag, Image = image });
            }

            string[] names = [.. named.Where(n => n.Value.Digest == group.Key).Select(n => n.Key).Order(StringComparer.Ordinal)];
            found.Add(new PlacedObject(OciWords.Manifest, group.Key.ToString())
            {
                Name = string.Join(", ", names),
                Image = image,
                UsedBy = names.FirstOrDefault(n => !IsOwnTag(n)) is { } stranger ? $"the tag {stranger}" : null,
            });
        }

        found.AddRange(await OrphansAsync(tags, named, cancellation).ConfigureAwait(false));
        return found;
    }

    /// <summary>Without a tag of its own the recipe's tags are the image's name and digest.</summary>
    private bool IsOwnTag(string tag) =>
        tag == place.Tag || tag.StartsWith(place.AnchorPrefix, StringComparison.Ordinal) || (place.Tag is null && tag.Length > 13 && tag[^13] == '-' && tag[^12..].All(char.IsAsciiHexDigitLower));

    /// <summary>A list of what refers to an image that is gone, and signatures of an index that no tag has.</summary>
    private async Task<IReadOnlyList<PlacedObject>> OrphansAsync(IReadOnlyList<string> tags, IReadOnlyDictionary<string, FetchedManifest> named, CancellationToken cancellation)
    {
        List<PlacedObject> found = [];
        foreach (string tag in tags.Where(t => named.TryGetValue(t, out FetchedManifest? list) && list.IsIndex))
        {
            if (!ContentDigest.TryParse(tag.Replace('-', ':'), out ContentDigest subject) || await repository.FindManifestAsync(subject.ToString(), cancellation).ConfigureAwait(false) is not null)
                continue;
            found.AddRange(named[tag].ToIndex().Entries.Where(e => place.IsOurs(e.Manifest.Annotations))
                .Select(e => new PlacedObject(OciWords.Attachment, $"{subject} {e.Manifest.Digest}") { Name = e.Manifest.Title, IsOrphan = true }));
        }

        OciSignatures signatures = new(place, repository);
        HashSet<ContentDigest> there = [.. named.Values.Select(m => m.Digest)];
        found.AddRange(from one in named
                       where signatures.IndexOf(one.Key, one.Value) is { } index && !there.Contains(index)
                       select new PlacedObject(OciWords.Manifest, one.Value.Digest.ToString()) { Name = one.Key, IsOrphan = true });
        return found;
    }

    private async Task<IReadOnlyDictionary<string, FetchedManifest>> FetchAsync(IReadOnlyList<string> tags, CancellationToken cancellation)
    {
        ConcurrentDictionary<string, FetchedManifest> named = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(tags, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (tag, token) =>
        {
            if (await repository.FindManifestAsync(tag, token).ConfigureAwait(false) is { } manifest)
                named[tag] = manifest;
        }).ConfigureAwait(false);
        return named;
    }
}
