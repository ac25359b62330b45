using Azure;
using Azure.Core;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>Takes away what carries our owner, and only that.</summary>
internal sealed class AzureRemoval(AzurePlace place, ArmResources resources, AzureTiming timing)
{
    /// <summary>Absent, of another owner, or a parent that others use: left as it is, and a success.</summary>
    public async Task RemoveOursAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        if (await resources.GetAsync(id, cancellation).ConfigureAwait(false) is not { } found || !found.IsOwnedBy(place.Setting.Owner))
            return;
        string kind = AzureWords.KindOf(id);
        if (kind is AzureWords.Gallery or AzureWords.Definition)
            await RemoveParentAsync(id, cancellation).ConfigureAwait(false);
        else
        {
            // A disk whose address for writing is still valid cannot be deleted.
            if (kind == AzureWords.Disk && found.Text("diskState") is "ActiveUpload" or "ActiveSAS")
                await CloseAsync(id, cancellation).ConfigureAwait(false);
            await resources.DeleteAsync(id, cancellation).ConfigureAwait(false);
        }
    }

    private async Task CloseAsync(ResourceIdentifier disk, CancellationToken cancellation) =>
        await resources.CallAsync($"close {ArmResources.Describe(disk)}", async () =>
        {
            await resources.WaitAsync(
                await global::Azure.ResourceManager.Compute.ComputeExtensions.GetManagedDiskResource(resources.Client, disk).RevokeAccessAsync(WaitUntil.Started, cancellation).ConfigureAwait(false),
                cancellation).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

    /// <summary>A parent goes when it is empty. For a while after the last child went the service may still refuse.</summary>
    private async Task RemoveParentAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        long started = place.Setting.Surroundings.Time.GetTimestamp();
        while (!await HasChildrenAsync(id, cancellation).ConfigureAwait(false))
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

    private async Task<bool> HasChildrenAsync(ResourceIdentifier id, CancellationToken cancellation)
    {
        AzureInventory inventory = new(place, resources);
        return AzureWords.KindOf(id) == AzureWords.Gallery
            ? (await inventory.DefinitionsAsync(cancellation).ConfigureAwait(false)).Count > 0
            : (await inventory.VersionsAsync(cancellation).ConfigureAwait(false)).Count > 0;
    }
}
