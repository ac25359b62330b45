using Azure;
using Azure.Core;
using Azure.ResourceManager.Models;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>Takes a gallery away: versions, definitions, then itself.</summary>
internal sealed class GalleryRemoval(AzurePlace place, ArmResources resources, AzureTiming timing)
{
    /// <returns>The versions because of which nothing was removed; empty: the gallery is gone.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(bool force, CancellationToken cancellation)
    {
        if (await resources.GetAsync(place.Gallery, cancellation).ConfigureAwait(false) is not { } gallery)
            return [];
        AzureInventory inventory = new(place, resources);
        IReadOnlyList<TrackedResourceData> definitions = await inventory.DefinitionsAsync(cancellation).ConfigureAwait(false);
        List<TrackedResourceData> versions = [];
        foreach (TrackedResourceData definition in definitions)
            versions.AddRange(await inventory.VersionsAsync(definition.Id, cancellation).ConfigureAwait(false));

        // What has no owner is of the scripts that this replaces; another factory's stays, and everything with it.
        IEnumerable<(ResourceIdentifier Id, string? Owner)> all =
        [
            .. versions.Concat(definitions).Select(d => (d.Id, d.Tags.TryGetValue(ImageTags.Owner, out string? owner) ? owner : null)),
            (gallery.Id, gallery.Tags.GetValueOrDefault(ImageTags.Owner)),
        ];
        FactoryException.ThrowIfAny([.. all.Where(o => o.Owner is { } owner && owner != place.Setting.Owner).Select(o => PublishFaults.OfAnother(place.Setting.Where, AzureWords.KindOf(o.Id), o.Id.ToString(), o.Owner!))]);
        if (versions.Count > 0 && !force)
            return [.. versions.Select(v => v.Id.ToString())];
        foreach (TrackedResourceData child in versions.Concat(definitions))
            await DeleteAsync(child.Id, cancellation).ConfigureAwait(false);
        await DeleteAsync(gallery.Id, cancellation).ConfigureAwait(false);
        return [];
    }

    /// <summary>For a while after the last child went the service may still say that there are some.</summary>
    private async Task DeleteAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        long started = place.Setting.Surroundings.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await resources.DeleteAsync(id, cancellation).ConfigureAwait(false);
                return;
            }
            catch (FactoryException e) when (e.InnerException is RequestFailedException { Status: 409 } && place.Setting.Surroundings.Time.GetElapsedTime(started) < timing.Emptying)
            {
                await Task.Delay(timing.Poll, place.Setting.Surroundings.Time, cancellation).ConfigureAwait(false);
            }
        }
    }
}
