using Azure.Core;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// Brings an image into a gallery: a managed disk takes the bytes of a fixed VHD, a version is made from it, the disk goes.
/// A version that is complete is known by its tags and adopted; an upload that was killed goes on behind the last page it wrote down.
/// </summary>
internal sealed class AzureGalleryPublisher : IPublisher, INamedImages, IGalleryRemoval
{
    /// <summary>Among the objects of a publication: the name of a gallery that was made by us.</summary>
    public const string OwnGallery = "ownGallery";

    private readonly AzurePlace place;
    private readonly AzureTiming timing;
    private readonly Lazy<ArmResources> resources;

    public AzureGalleryPublisher(DestinationSetting setting, AzureTiming timing, Func<AzurePlace, TokenCredential> credential)
    {
        place = new AzurePlace(setting);
        this.timing = timing;
        // Made at the first call, since an incomplete destination has no subscription to make it for.
        resources = new Lazy<ArmResources>(() => new ArmResources(place, timing, credential(place)));
    }

    public string Place => $"azure-gallery {place.Destination.Gallery}/{place.Destination.Definition}/{place.Destination.Version} in {place.ResourceGroup} of {place.Subscription}";

    private ArmResources Resources => resources.Value;

    private string Where => place.Setting.Where;

    public async Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        IReadOnlyList<Fault> own = AzureRules.Check(place, image);
        return own.Any(f => f.Code == "IFU401" || f.Code == "IFU402") ? own : [.. own, .. await new AzureCheck(place, Resources).RunAsync(cancellation).ConfigureAwait(false)];
    }

    public async Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        FactoryException.ThrowIfAny(AzureRules.Check(place, image.Description));
        GalleryVersion version = new(place, Resources, timing);
        bool replaces = place.Destination.Replace && await IsFormerAsync(image.Digest, cancellation).ConfigureAwait(false);
        if (!replaces && await version.FindAsync(image.Digest, journal, cancellation).ConfigureAwait(false))
        {
            await RemoveStagingAsync(image.Digest, journal, cancellation).ConfigureAwait(false);
            return await PublishedAsync(image, adopted: true, bytesSent: 0, cancellation).ConfigureAwait(false);
        }

        await new GalleryParents(place, Resources).EnsureAsync(journal, cancellation).ConfigureAwait(false);
        using IExtentSource disk = image.OpenDisk();
        UploadDisk upload = new(place, Resources, timing, image, journal);
        long sent = await upload.RunAsync(disk, progress, cancellation).ConfigureAwait(false);
        Settled settled = new(place.Setting, journal, place.Version.Name);
        if (replaces)
        {
            await new Former(AzureWords.Version, place.Version.ToString()).GivesWayAsync(
                Where,
                () => RemoveFormerAsync(image.Digest, cancellation),
                async token => await Resources.GetAsync(place.Version, token).ConfigureAwait(false) is { ProvisioningState: not "Deleting" },
                MakeAsync,
                e => Resources.Fault(e, $"make the image version '{place.Destination.Version}'")).ConfigureAwait(false);
            settled.Add($"definition {place.Definition.Name}", o => o.Kind == AzureWords.Version);
        }
        else
        {
            await MakeAsync().ConfigureAwait(false);
        }

        return await settled.RestAsync(async () =>
        {
            await RemoveStagingAsync(image.Digest, journal, cancellation).ConfigureAwait(false);
            return await PublishedAsync(image, adopted: false, sent, cancellation).ConfigureAwait(false);
        }).ConfigureAwait(false);

        async Task<bool> MakeAsync()
        {
            await version.MakeAsync(image, upload.Disk, journal, cancellation).ConfigureAwait(false);
            return true;
        }
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation) =>
        new AzureRemoval(place, Resources, timing).RemoveOursAsync(new ResourceIdentifier(leftOver.Key), cancellation);

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => new AzureInventory(place, Resources).ListAsync(cancellation);

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) =>
        new AzureRemoval(place, Resources, timing).RemoveOursAsync(new ResourceIdentifier(found.Id), cancellation);

    public async Task<NamedImage?> FindAsync(string id, CancellationToken cancellation)
    {
        if (!ResourceIdentifier.TryParse(id, out ResourceIdentifier? version) || await Resources.GetAsync(version!, cancellation).ConfigureAwait(false) is not { } found)
            return null;
        bool isExpected = found.ProvisioningState == "Succeeded" && string.Equals(id, place.Version.ToString(), StringComparison.OrdinalIgnoreCase);
        return new NamedImage(id, found.Tags.GetValueOrDefault(ImageTags.Owner), isExpected)
        {
            RecipeDigest = found.Tags.GetValueOrDefault(ImageTags.RecipeDigest),
            UsedBy = await new AzureInventory(place, Resources).MachineOfAsync(version!, cancellation).ConfigureAwait(false),
        };
    }

    public Task RemoveAsync(NamedImage image, CancellationToken cancellation) => Resources.DeleteAsync(new ResourceIdentifier(image.Id), cancellation);

    public Task<IReadOnlyList<string>> RemoveGalleryAsync(bool force, CancellationToken cancellation) =>
        new GalleryRemoval(place, Resources, timing).RunAsync(force, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<Publication> PublishedAsync(PublishableImage image, bool adopted, long bytesSent, CancellationToken cancellation)
    {
        Dictionary<string, string> objects = new()
        {
            ["gallery"] = place.Gallery.ToString(),
            ["definition"] = place.Definition.ToString(),
            ["version"] = place.Version.ToString(),
        };
        if ((await Resources.GetAsync(place.Gallery, cancellation).ConfigureAwait(false))?.IsOwnedBy(place.Setting.Owner) == true)
            objects[OwnGallery] = place.Gallery.Name;
        return new Publication(place.Setting.Destination.Label ?? Place, "azure-gallery", place.Version.ToString(), adopted, bytesSent) { Image = image.Digest, Objects = objects };
    }

    /// <summary>Another image of ours has the version, and is to give it up.</summary>
    /// <exception cref="FactoryException">IFU112: it is in use.</exception>
    private async Task<bool> IsFormerAsync(Sha256 image, CancellationToken cancellation)
    {
        if (await Resources.GetAsync(place.Version, cancellation).ConfigureAwait(false) is not { } there
            || !there.IsOwnedBy(place.Setting.Owner) || ImageTags.ImageOf(there.Tags.GetValueOrDefault(ImageTags.Image)) == image)
            return false;
        return await new AzureInventory(place, Resources).MachineOfAsync(place.Version, cancellation).ConfigureAwait(false) is { } machine
            ? throw new FactoryException(PublishFaults.InTheWay(Where, AzureWords.Version, place.Version.ToString(), machine)) : true;
    }

    /// <summary>The upload took its time: it is looked at again.</summary>
    private async Task RemoveFormerAsync(Sha256 image, CancellationToken cancellation)
    {
        if (await IsFormerAsync(image, cancellation).ConfigureAwait(false))
            await Resources.DeleteAsync(place.Version, cancellation).ConfigureAwait(false);
    }

    /// <summary>The version has its own copy by now. What cannot be removed is told, and found again by its tags.</summary>
    private async Task RemoveStagingAsync(Sha256 image, PublicationJournal journal, CancellationToken cancellation)
    {
        AzureRemoval removal = new(place, Resources, timing);
        ResourceIdentifier[] endpoint = place.Destination.PrivateEndpointSubnet is null ? [] : [place.Endpoint(image), place.DiskAccess(image)];
        foreach (ResourceIdentifier id in endpoint.Prepend(place.Disk(image)))
        {
            string kind = AzureWords.KindOf(id);
            try
            {
                await removal.RemoveOursAsync(id, cancellation).ConfigureAwait(false);
                journal.Removed(kind, id.ToString());
            }
            catch (FactoryException e)
            {
                place.Setting.Surroundings.Reporter.Report(new Pipeline.Faulted(PublishFaults.LeftBehind(Where, kind, id.Name, e.Faults[0].Message)));
            }
        }
    }
}
