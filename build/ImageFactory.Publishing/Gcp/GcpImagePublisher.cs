using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// Archive, object, image; then the object goes again. The image is made with a request id, which is in the journal: asked for again with it, Google
/// makes it once.
/// </summary>
internal sealed class GcpImagePublisher(GcpPlace place) : IPublisher, INamedImages
{
    private const string Image = "image";

    /// <summary>An object of another machine's run looks like an orphan until its image is made; no run takes longer.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(3);

    private readonly SemaphoreSlim opening = new(1);
    private GcpClient? client;

    public string Place => $"gcp-image {place.Project ?? "?"} {place.Destination.Name ?? place.Setting.Owner + "-*"}";

    public async Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        List<Fault> faults = [.. GcpRules.Check(place, image)];

        // With a name that is wrong in itself every answer would be about that.
        if (faults.Count == 0 || faults.All(f => f.Code is "IFU503" or "IFU516" or "IFU111"))
            faults.AddRange(await ToldAsync(async google => await new GcpCheck(google, place).RunAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false));
        return faults;
    }

    public Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        FactoryException.ThrowIfAny([.. GcpRules.Check(place, image.Description)]);
        return ToldAsync(
            async google =>
            {
                GcpImages images = new(google, place);
                string name = place.NameOf(image);
                bool replaces = place.Destination.Replace && await IsFormerAsync(images, name, image, cancellation).ConfigureAwait(false);
                GcpImage? there = replaces ? null : await FindThisAsync(images, name, image, cancellation).ConfigureAwait(false);
                bool adopted = there is not null && journal.Objects.Count == 0;
                if (there is { Status: "FAILED" or "DELETING" })
                {
                    await images.DeleteAsync(name, cancellation).ConfigureAwait(false);
                    ForgetImage(journal);
                    (there, adopted) = (null, false);
                }

                ArchiveUpload upload = new(google, place, journal);
                Settled settled = new(place.Setting, journal, name);
                GcpImage ready;
                if (there is null)
                {
                    (string bucket, string archive) = await UploadAsync(google, upload, image, name, journal, progress, cancellation).ConfigureAwait(false);
                    ready = !replaces
                        ? await MakeAsync(bucket, archive).ConfigureAwait(false)
                        : await new Former(Image, name).GivesWayAsync(
                            place.Where,
                            () => RemoveFormerAsync(images, name, image, cancellation),
                            async token => await images.FindAsync(name, token).ConfigureAwait(false) is { Status: not "DELETING" },
                            () => MakeAsync(bucket, archive),
                            e => e is GcpError refused ? GcpFaults.Of(place.Where, refused) : null).ConfigureAwait(false);
                    if (replaces)
                        settled.Add($"project {place.Project}", o => o.Kind == Image);
                }
                else
                {
                    ready = await ReadyAsync(images, name, image, cancellation).ConfigureAwait(false);
                }

                return await settled.RestAsync(async () =>
                {
                    await RemoveStagingAsync(google, journal, cancellation).ConfigureAwait(false);
                    return new Publication(name, Image, name, adopted, upload.BytesSent)
                    {
                        Objects = new Dictionary<string, string> { [Image] = $"projects/{place.Project}/global/images/{name}", ["imageId"] = ready.Id },
                    };
                }).ConfigureAwait(false);

                async Task<GcpImage> MakeAsync(string bucket, string archive)
                {
                    await InsertAsync(images, image, name, bucket, archive, journal, cancellation).ConfigureAwait(false);
                    return await ReadyAsync(images, name, image, cancellation).ConfigureAwait(false);
                }
            },
            cancellation);
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation) => ToldAsync(
        async google =>
        {
            if (leftOver.Kind != Image)
            {
                await new StagingArea(google, place).RemoveAsync(leftOver, cancellation).ConfigureAwait(false);
                return true;
            }

            // What is still being made cannot be removed; what never began is not there.
            (string name, Guid requestId) = (leftOver.Key.Split(' ')[0], Guid.Parse(leftOver.Key.Split(' ')[1]));
            GcpImages images = new(google, place);
            await images.SettleAsync(requestId, cancellation).ConfigureAwait(false);
            if (await images.FindAsync(name, cancellation).ConfigureAwait(false) is { } there && place.IsOurs(there.Labels))
                await images.DeleteAsync(name, cancellation).ConfigureAwait(false);
            return true;
        },
        cancellation);

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => ToldAsync<IReadOnlyList<PlacedObject>>(
        async google =>
        {
            GcpImages images = new(google, place);
            List<PlacedObject> found = [];
            foreach (GcpImage image in await images.ListAsync(cancellation).ConfigureAwait(false))
            {
                found.Add(new PlacedObject(Image, image.Name)
                {
                    Name = image.Name,
                    Image = GcpLabels.ImageOf(image.Labels),
                    Created = image.Created,
                    IsOrphan = image.Status == "FAILED",
                    UsedBy = await images.FindUserAsync(image, cancellation).ConfigureAwait(false) is { } disk ? $"disk {disk}" : null,
                });
            }

            found.AddRange(await new StagingArea(google, place).FindAsync(
                created => created is not { } time || place.Around.Time.GetUtcNow() - time > OrphanAfter, cancellation).ConfigureAwait(false));
            return found;
        },
        cancellation);

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) => ToldAsync(
        async google =>
        {
            StagingArea staging = new(google, place);
            await (found.Kind switch
            {
                Image => new GcpImages(google, place).DeleteAsync(found.Id, cancellation),
                StagingArea.Bucket => staging.RemoveBucketAsync(found.Id, cancellation),
                _ => staging.RemoveObjectAsync(found.Id, cancellation),
            }).ConfigureAwait(false);
            return true;
        },
        cancellation);

    public Task<NamedImage?> FindAsync(string id, CancellationToken cancellation) => ToldAsync(
        async google =>
        {
            GcpImages images = new(google, place);
            return await images.FindAsync(id, cancellation).ConfigureAwait(false) is not { } found ? null
                : new NamedImage(id, GcpLabels.OwnerOf(found.Labels), found.Status == "READY" && (place.Destination.Name ?? id) == id)
                {
                    RecipeDigest = found.Labels.GetValueOrDefault(ImageTags.RecipeDigest),
                    UsedBy = await images.FindUserAsync(found, cancellation).ConfigureAwait(false) is { } disk ? $"disk {disk}" : null,
                };
        },
        cancellation);

    public Task RemoveAsync(NamedImage image, CancellationToken cancellation) => ToldAsync(
        async google =>
        {
            await new GcpImages(google, place).DeleteAsync(image.Id, cancellation).ConfigureAwait(false);
            return true;
        },
        cancellation);

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        opening.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> ToldAsync<T>(Func<GcpClient, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            return await work(await ClientAsync(cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (GcpError e)
        {
            throw new FactoryException(GcpFaults.Of(place.Where, e), e);
        }
    }

    private async Task<GcpClient> ClientAsync(CancellationToken cancellation)
    {
        if (place.Project is null)
            throw new FactoryException(GcpFaults.NoProject(place.Where));
        await opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return client ??= await GcpClient.OpenAsync(place, cancellation).ConfigureAwait(false);
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>This very image under its name; null when the name is free.</summary>
    /// <exception cref="FactoryException">IFU510, IFU511: the name belongs to something else.</exception>
    private async Task<GcpImage?> FindThisAsync(GcpImages images, string name, PublishableImage image, CancellationToken cancellation)
    {
        if (await images.FindAsync(name, cancellation).ConfigureAwait(false) is not { } there)
            return null;
        if (!place.IsOurs(there.Labels))
            throw new FactoryException(GcpFaults.NameOfAnother(place.Where, name));
        return GcpLabels.ImageOf(there.Labels) == image.Digest ? there : throw new FactoryException(GcpFaults.NameOfOtherImage(place.Where, name));
    }

    /// <summary>Another image of ours has the name, which is to give it up.</summary>
    /// <exception cref="FactoryException">IFU112: it is in use.</exception>
    private async Task<bool> IsFormerAsync(GcpImages images, string name, PublishableImage image, CancellationToken cancellation)
    {
        if (await images.FindAsync(name, cancellation).ConfigureAwait(false) is not { } there || !place.IsOurs(there.Labels) || GcpLabels.ImageOf(there.Labels) == image.Digest)
            return false;
        return await images.FindUserAsync(there, cancellation).ConfigureAwait(false) is { } disk
            ? throw new FactoryException(PublishFaults.InTheWay(place.Where, Image, name, $"disk {disk}")) : true;
    }

    /// <summary>The upload took its time: it is looked at again.</summary>
    private async Task RemoveFormerAsync(GcpImages images, string name, PublishableImage image, CancellationToken cancellation)
    {
        if (await IsFormerAsync(images, name, image, cancellation).ConfigureAwait(false))
            await images.DeleteAsync(name, cancellation).ConfigureAwait(false);
    }

    private async Task<(string Bucket, string Archive)> UploadAsync(
        GcpClient google, ArchiveUpload upload, PublishableImage image, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string bucket = await new StagingArea(google, place).OpenAsync(journal, cancellation).ConfigureAwait(false);
        string archive = ArchiveOf(journal, bucket) ?? $"{place.ObjectPrefix}{name}-{Guid.NewGuid():n}.tar.gz";
        journal.Intend(ArchiveUpload.Object, $"{bucket}/{archive}");
        if (!await upload.IsThereAsync(bucket, archive, cancellation).ConfigureAwait(false))
        {
            using IExtentSource disk = image.OpenDisk();
            await upload.RunAsync(bucket, archive, disk, progress, cancellation).ConfigureAwait(false);
        }

        return (bucket, archive);
    }

    private static async Task InsertAsync(GcpImages images, PublishableImage image, string name, string bucket, string archive, PublicationJournal journal, CancellationToken cancellation)
    {
        string key = journal.Objects.LastOrDefault(o => o.Kind == Image)?.Key ?? $"{name} {Guid.NewGuid():D}";
        journal.Intend(Image, key);
        try
        {
            await images.InsertAsync(images.BodyOf(image, name, bucket, archive), Guid.Parse(key.Split(' ')[1]), cancellation).ConfigureAwait(false);
        }
        catch (GcpError e) when (e.Reason is "alreadyExists" or "RESOURCE_ALREADY_EXISTS")
        {
            // Somebody was faster, or Google forgot the request id. Whose it is is looked at next.
        }

        journal.Created(Image, key, name);
    }

    private async Task<GcpImage> ReadyAsync(GcpImages images, string name, PublishableImage image, CancellationToken cancellation) =>
        await new Polling(place.Around.Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15), TimeSpan.FromHours(1)).UntilAsync(
            async token =>
            {
                GcpImage? there = await FindThisAsync(images, name, image, token).ConfigureAwait(false);
                return there?.Status switch
                {
                    "READY" => there,
                    "FAILED" or "DELETING" => throw new FactoryException(GcpFaults.BadState(place.Where, name, there.Status)),
                    _ => null,
                };
            },
            after => PublishFaults.TimedOut(place.Where, $"image '{name}'", after),
            cancellation).ConfigureAwait(false);

    private async Task RemoveStagingAsync(GcpClient google, PublicationJournal journal, CancellationToken cancellation)
    {
        StagingArea staging = new(google, place);
        foreach (JournaledObject one in journal.Objects.Where(o => o.Kind != Image).Reverse())
        {
            // An upload that is complete has no session any more.
            if (one.Kind != ArchiveUpload.Session)
                await staging.RemoveAsync(one, cancellation).ConfigureAwait(false);
            journal.Removed(one.Kind, one.Key);
        }
    }

    /// <summary>The name of an object that an earlier run began in the bucket.</summary>
    private static string? ArchiveOf(PublicationJournal journal, string bucket) =>
        journal.Objects.LastOrDefault(o => o.Kind == ArchiveUpload.Object && o.Key.StartsWith(bucket + "/", StringComparison.Ordinal))?.Key[(bucket.Length + 1)..];

    private static void ForgetImage(PublicationJournal journal)
    {
        foreach (JournaledObject old in journal.Objects.Where(o => o.Kind == Image))
            journal.Removed(old.Kind, old.Key);
    }
}
