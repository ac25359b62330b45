using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Models;
using Azure.ResourceManager.Resources;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>What of ours is at a destination.</summary>
internal sealed class AzureInventory(AzurePlace place, ArmResources resources)
{
    /// <summary>Version first, then what was there only to make it, then the parents.</summary>
    public async Task<IReadOnlyList<PlacedObject>> ListAsync(CancellationToken cancellation)
    {
        List<PlacedObject> found = [];
        IReadOnlyList<TrackedResourceData> versions = await VersionsAsync(cancellation).ConfigureAwait(false);
        foreach (GalleryImageVersionData version in versions.OfType<GalleryImageVersionData>().Where(IsOurs))
        {
            found.Add(Placed(version) with
            {
                Created = version.PublishingProfile?.PublishedOn,
                IsOrphan = version.ProvisioningState?.ToString() is "Failed",
                UsedBy = await MachineOfAsync(version.Id, cancellation).ConfigureAwait(false),
            });
        }

        found.AddRange((await StagingAsync(cancellation).ConfigureAwait(false)).Select(s => Placed(s) with { IsOrphan = true }));
        if (await resources.GetAsync(place.Gallery, cancellation).ConfigureAwait(false) is not { } gallery)
            return found;
        IReadOnlyList<TrackedResourceData> definitions = await DefinitionsAsync(cancellation).ConfigureAwait(false);
        bool definitionIsEmpty = versions.Count == 0;
        TrackedResourceData? definition = definitions.FirstOrDefault(d => string.Equals(d.Name, place.Definition.Name, StringComparison.OrdinalIgnoreCase));
        if (definition is not null && IsOurs(definition))
            found.Add(Placed(definition) with { IsOrphan = definitionIsEmpty });
        if (gallery.IsOwnedBy(place.Setting.Owner))
        {
            bool willBeEmpty = definitions.Count == 0 || (definitions.Count == 1 && definition is not null && IsOurs(definition) && definitionIsEmpty);
            found.Add(new PlacedObject(AzureWords.Gallery, gallery.Id.ToString()) { Name = gallery.Id.Name, IsOrphan = willBeEmpty });
        }

        return found;
    }

    public Task<IReadOnlyList<TrackedResourceData>> VersionsAsync(CancellationToken cancellation) => VersionsAsync(place.Definition, cancellation);

    public async Task<IReadOnlyList<TrackedResourceData>> VersionsAsync(ResourceIdentifier definition, CancellationToken cancellation) =>
        await ListAsync(
            "list the image versions",
            resources.Client.GetGalleryImageResource(definition).GetGalleryImageVersions().GetAllAsync(cancellation),
            v => v.Data).ConfigureAwait(false);

    public async Task<IReadOnlyList<TrackedResourceData>> DefinitionsAsync(CancellationToken cancellation) =>
        await ListAsync(
            "list the image definitions",
            resources.Client.GetGalleryResource(place.Gallery).GetGalleryImages().GetAllAsync(cancellation),
            d => d.Data).ConfigureAwait(false);

    /// <summary>Disks, endpoints and disk accesses of this destination, in the order in which they can go.</summary>
    private async Task<IReadOnlyList<TrackedResourceData>> StagingAsync(CancellationToken cancellation)
    {
        // All kinds at once: the group's list knows their tags.
        ResourceGroupResource group = resources.Client.GetResourceGroupResource(place.Group);
        IReadOnlyList<TrackedResourceData> all = await ListAsync(
            "list the resources of the group",
            group.GetGenericResourcesAsync($"tagName eq '{ImageTags.Owner}' and tagValue eq '{place.Setting.Owner}'", null, null, cancellation),
            r => r.Data).ConfigureAwait(false);
        string[] order = [AzureWords.Disk, AzureWords.Endpoint, AzureWords.DiskAccess];
        return
        [
            .. all.Where(r => IsOurs(r) && r.Name.StartsWith(place.StagingPrefix, StringComparison.Ordinal) && order.Contains(AzureWords.KindOf(r.Id)))
                .OrderBy(r => Array.IndexOf(order, AzureWords.KindOf(r.Id))),
        ];
    }

    /// <summary>A machine that was made from the version: it can be reimaged only while that is there.</summary>
    public async Task<string?> MachineOfAsync(ResourceIdentifier version, CancellationToken cancellation)
    {
        try
        {
            await foreach (VirtualMachineResource machine in resources.Client.GetSubscriptionResource(new ResourceIdentifier($"/subscriptions/{place.Subscription}"))
                .GetVirtualMachinesAsync(cancellationToken: cancellation).ConfigureAwait(false))
            {
                if (string.Equals(machine.Data.StorageProfile?.ImageReference?.Id?.ToString(), version.ToString(), StringComparison.OrdinalIgnoreCase))
                    return $"the machine '{machine.Data.Name}'";
            }
        }
        catch (RequestFailedException e) when (e.Status == 403)
        {
            // Who may not list machines may still remove images: nothing is known of their use then.
        }
        catch (Exception e) when (resources.Fault(e, "list the virtual machines") is { } fault)
        {
            throw new FactoryException(fault, e);
        }

        return null;
    }

    private bool IsOurs(TrackedResourceData data) => data.Tags.TryGetValue(ImageTags.Owner, out string? owner) && owner == place.Setting.Owner;

    private static PlacedObject Placed(TrackedResourceData data) => new(AzureWords.KindOf(data.Id), data.Id.ToString())
    {
        Name = data.Name,
        Image = ImageTags.ImageOf(data.Tags.TryGetValue(ImageTags.Image, out string? image) ? image : null),
    };

    /// <summary>All of a list; empty when what it is of does not exist.</summary>
    private async Task<IReadOnlyList<TrackedResourceData>> ListAsync<T>(string what, AsyncPageable<T> pages, Func<T, TrackedResourceData> dataOf)
        where T : notnull
    {
        List<TrackedResourceData> all = [];
        try
        {
            await foreach (T one in pages.ConfigureAwait(false))
                all.Add(dataOf(one));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return [];
        }
        catch (Exception e) when (resources.Fault(e, what) is { } fault)
        {
            throw new FactoryException(fault, e);
        }

        return all;
    }
}
