using System.Xml.Linq;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>
/// Snapshot, AMI, copies, permissions, deprecation. EC2 has no token that would make registering an image happen once: its name does, so
/// after a lost answer the image is looked up by it. Copies and snapshots have tokens, which are the keys in the journal.
/// </summary>
internal sealed class AmiPublisher(DestinationSetting setting, AmiDestination destination) : IPublisher, INamedImages
{
    /// <summary>A snapshot of another machine's run looks like an orphan until it is done; no run takes longer.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(3);

    private readonly AmiTry attempt = new(setting, destination);
    private readonly SemaphoreSlim opening = new(1);
    private AwsClient? client;
    private long imported;

    public string Place => $"ami {destination.Region ?? setting.Surroundings.Variable("AWS_REGION") ?? setting.Surroundings.Variable("AWS_DEFAULT_REGION") ?? "?"} {destination.Name ?? setting.Owner + "-*"}";

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation) => ToldAsync<IReadOnlyList<Fault>>(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        List<Fault> faults = [.. AmiSettings.FaultsOf(destination, image, aws.Region, setting.Where)];
        XElement caller = await aws.StsAsync("GetCallerIdentity", cancellation).ConfigureAwait(false);
        setting.Surroundings.Reporter.Report(new Said($"AWS {aws.Region}: {(string?)caller.Descendants("Arn").FirstOrDefault()}"));
        Ec2 ec2 = new(aws);
        bool isThere = false;
        if (destination.Name is { } name && faults.Count == 0)
        {
            foreach (AmiFacts there in await new AmiNames(attempt, ec2, destination).FindByNameAsync(aws.Region, name, cancellation).ConfigureAwait(false))
            {
                isThere |= attempt.IsOurs(there.Tags);
                if (!attempt.IsOurs(there.Tags))
                    faults.Add(AwsFaults.NameOfAnother(setting.Where, name, there.Id, aws.Region));
            }
        }

        if (destination.Method == AmiMethod.Import)
            faults.AddRange(await new ImportCheck(attempt, aws).RunAsync(cancellation).ConfigureAwait(false));

        // An image that is there is taken as it is, or gives its place up.
        IReadOnlyList<Fault>[] looked = await Task.WhenAll(
            isThere ? Task.FromResult<IReadOnlyList<Fault>>([]) : new AwsQuotas(attempt, aws, ec2).FindFullAsync(cancellation),
            destination.Public ? new AmiSharing(attempt).FindObjectionsAsync(aws, cancellation) : Task.FromResult<IReadOnlyList<Fault>>([]),
            new AmiRights(attempt).FindMissingAsync(aws, cancellation)).ConfigureAwait(false);
        faults.AddRange(looked.SelectMany(f => f));
        return faults;
    });

    public Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        FactoryException.ThrowIfAny(AmiSettings.FaultsOf(destination, image.Description, aws.Region, setting.Where));
        Ec2 ec2 = new(aws);
        string name = AmiSettings.NameOf(destination, image.Description.Recipe, image.Digest.Hex);
        SnapshotUpload upload = new(aws, journal);
        AmiNames names = new(attempt, ec2, destination);
        AmiSharing sharing = new(attempt);
        (AmiFacts? there, AmiFacts? former) = await names.FindAsync(aws.Region, name, image, cancellation).ConfigureAwait(false);
        bool adopted = there is not null && journal.Objects.Count == 0;
        Settled settled = new(setting, journal, name);
        AmiFacts ami;
        if (there is null)
        {
            (string token, IReadOnlyList<KeyValuePair<string, string>> asked) = await PrepareAsync(aws, ec2, upload, image, name, journal, progress, cancellation).ConfigureAwait(false);
            ami = await names.MakeAsync(
                aws.Region,
                former,
                async () =>
                {
                    await RegisterAsync(ec2, names, aws.Region, token, asked, image, name, former is not null, journal, cancellation).ConfigureAwait(false);
                    return await ReadyAsync(aws.Region).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
            Settle(aws.Region, former);
        }
        else
        {
            ami = await ReadyAsync(aws.Region).ConfigureAwait(false);
        }

        Dictionary<string, string> objects = [];
        Add(ami, "");
        return await settled.RestAsync(async () =>
        {
            foreach (string region in destination.CopyTo)
                await CopyToAsync(region).ConfigureAwait(false);
            return new Publication(name, AmiTry.Ami, ami.Id, adopted, upload.BytesSent + imported) { Objects = objects };
        }).ConfigureAwait(false);

        async Task CopyToAsync(string region)
        {
            (AmiFacts? known, AmiFacts? older) = await names.FindAsync(region, name, image, cancellation).ConfigureAwait(false);
            adopted &= known is not null;
            AmiFacts copy = await names.MakeAsync(
                region,
                older,
                async () =>
                {
                    if (known is null)
                        await CopyAsync(aws, ec2, region, ami.Id, name, image, journal, cancellation).ConfigureAwait(false);
                    return await ReadyAsync(region).ConfigureAwait(false);
                },
                cancellation).ConfigureAwait(false);
            Settle(region, older);
            Add(copy, " " + region);
        }

        async Task<AmiFacts> ReadyAsync(string region)
        {
            AmiFacts facts = await names.AvailableAsync(region, name, image, cancellation).ConfigureAwait(false);
            await sharing.ShareAsync(ec2, region, facts.Id, cancellation).ConfigureAwait(false);
            return facts;
        }

        void Settle(string region, AmiFacts? replaced)
        {
            if (replaced is not null)
                settled.Add(region, o => o.Kind != AmiTry.Object && o.Key.StartsWith(region + " ", StringComparison.Ordinal));
        }

        void Add(AmiFacts facts, string where)
        {
            objects["ami" + where] = facts.Id;
            for (int i = 0; i < facts.Snapshots.Count; i++)
                objects[(i == 0 ? "snapshot" : $"snapshot{i + 1}") + where] = facts.Snapshots[i];
        }
    });

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        if (leftOver.Kind is AmiTry.Object or AmiTry.Import)
            await new ImportRemoval(attempt, aws).RemoveLeftOverAsync(leftOver, cancellation).ConfigureAwait(false);
        else
            await new AmiRemoval(attempt, new Ec2(aws)).RemoveLeftOverAsync(leftOver, cancellation).ConfigureAwait(false);
        return true;
    });

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => ToldAsync<IReadOnlyList<PlacedObject>>(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        Ec2 ec2 = new(aws);
        List<PlacedObject> found = [];
        (string, string) ours = ($"tag:{ImageTags.Owner}", setting.Owner);

        // Copies first: the image that they were made from goes last.
        foreach (string region in destination.CopyTo.Append(aws.Region))
        {
            IReadOnlyList<AmiFacts> images = await ec2.FindImagesAsync(region, cancellation, ours).ConfigureAwait(false);
            HashSet<string> needed = [.. images.SelectMany(i => i.Snapshots)];
            foreach (AmiFacts image in images)
            {
                found.Add(new PlacedObject(AmiTry.Ami, $"{region} {image.Id}")
                {
                    Name = image.Name,
                    Image = ImageTags.ImageOf(image.Tags.GetValueOrDefault(ImageTags.Image)),
                    Created = image.Created,
                    IsOrphan = image.IsBroken,
                    UsedBy = await ec2.FindInstanceAsync(region, image.Id, cancellation).ConfigureAwait(false) is { } instance ? $"instance {instance}" : null,
                });
            }

            foreach (SnapshotFacts snapshot in await ec2.FindSnapshotsAsync(region, cancellation, ours).ConfigureAwait(false))
            {
                bool old = snapshot.State == "error" || snapshot.Created is not { } created || setting.Surroundings.Time.GetUtcNow() - created > OrphanAfter;
                found.Add(new PlacedObject(AmiTry.Snapshot, $"{region} {snapshot.Id}")
                {
                    Image = ImageTags.ImageOf(snapshot.Tags.GetValueOrDefault(ImageTags.Image)),
                    Created = snapshot.Created,
                    IsOrphan = old && !needed.Contains(snapshot.Id),
                });
            }
        }

        if (destination.Method == AmiMethod.Import && ImportBucket.Of(attempt) is { } bucket)
            found.AddRange(await FindObjectsAsync(aws, bucket, cancellation).ConfigureAwait(false));
        return found;
    });

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        AmiRemoval removal = new(attempt, new Ec2(aws));
        (string region, string id) = (found.Id.Split(' ')[0], found.Id.Split(' ')[1]);
        if (found.Kind == AmiTry.Object)
            await aws.DeleteObjectAsync(id, found.Id.Split(' ')[2], cancellation).ConfigureAwait(false);
        else if (found.Kind == AmiTry.Snapshot)
            await removal.DeleteSnapshotAsync(region, id, cancellation).ConfigureAwait(false);
        else
            await removal.DeregisterAsync(region, id, [], cancellation).ConfigureAwait(false);
        return true;
    });

    /// <summary>Only in the destination's own region: copies have ids of their own.</summary>
    public Task<NamedImage?> FindAsync(string id, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        Ec2 ec2 = new(aws);
        AmiFacts? found = (await ec2.FindImagesAsync(aws.Region, cancellation, ("image-id", id)).ConfigureAwait(false)).FirstOrDefault(i => i.State != "deregistered");
        return found is null ? null : new NamedImage(id, found.Tags.GetValueOrDefault(ImageTags.Owner), found.IsAvailable && (destination.Name ?? found.Name) == found.Name)
        {
            RecipeDigest = found.Tags.GetValueOrDefault(ImageTags.RecipeDigest),
            UsedBy = await ec2.FindInstanceAsync(aws.Region, id, cancellation).ConfigureAwait(false) is { } instance ? $"instance {instance}" : null,
            Parts = found.Snapshots,
        };
    });

    public Task RemoveAsync(NamedImage image, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        await new AmiRemoval(attempt, new Ec2(aws)).DeregisterAsync(aws.Region, image.Id, image.Parts, cancellation).ConfigureAwait(false);
        return true;
    });

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        opening.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<AwsClient> ClientAsync(CancellationToken cancellation)
    {
        await opening.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return client ??= await AwsClient.OpenAsync(destination.Region, setting.Surroundings, setting.Where).ConfigureAwait(false);
        }
        finally
        {
            opening.Release();
        }
    }

    private async Task<T> ToldAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (AwsError e)
        {
            throw new FactoryException(AwsFaults.Of(setting.Where, e), e);
        }
    }

    /// <summary>The image's disk, and what it is to be registered with.</summary>
    private async Task<(string Token, IReadOnlyList<KeyValuePair<string, string>> Asked)> PrepareAsync(
        AwsClient aws, Ec2 ec2, SnapshotUpload upload, PublishableImage image, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        using IExtentSource disk = image.OpenDisk();
        long gibibytes = SnapshotUpload.GibibytesOf(disk.Length);
        if (destination.VolumeSize > 0 && destination.VolumeSize < gibibytes)
            throw new FactoryException(AwsFaults.VolumeTooSmall(setting.Where, gibibytes, destination.VolumeSize));
        string snapshot = destination.Method == AmiMethod.Import
            ? await new ImportedSnapshot(attempt, aws, ec2, journal, bytes => Interlocked.Add(ref imported, bytes)).MakeAsync(image, disk, progress, cancellation).ConfigureAwait(false)
            : await new DirectSnapshot(attempt, aws, ec2, upload, journal).MakeAsync(image, disk, name, progress, cancellation).ConfigureAwait(false);
        string token = AmiTry.TokenOf(journal, AmiTry.Ami, aws.Region);
        return (token, AmiSettings.Register(destination, name, AmiTry.TextOf(image), snapshot, gibibytes, attempt.TagsOf(image, token)));
    }

    private async Task RegisterAsync(
        Ec2 ec2, AmiNames names, string region, string token, IReadOnlyList<KeyValuePair<string, string>> asked, PublishableImage image, string name, bool replaces, PublicationJournal journal, CancellationToken cancellation)
    {
        string key = $"{region} {token}";
        journal.Intend(AmiTry.Ami, key);
        AwsError? taken = null;
        string id = await TryAsync(cancellation).ConfigureAwait(false) ?? await attempt.Patience().UntilAsync(
            async token => (await names.FindThisAsync(region, name, image, token).ConfigureAwait(false))?.Id ?? (replaces ? await TryAsync(token).ConfigureAwait(false) : null),
            _ => AwsFaults.Of(setting.Where, taken!),
            cancellation).ConfigureAwait(false);
        journal.Created(AmiTry.Ami, key, id);

        async Task<string?> TryAsync(CancellationToken token)
        {
            try
            {
                return await ec2.RegisterAsync(region, asked, token).ConfigureAwait(false);
            }
            catch (AwsError e) when (e.Code == "InvalidAMIName.Duplicate")
            {
                // The answer to an earlier attempt was lost, or somebody was faster, or the name of the former image lingers. Who has it may take a moment to be found.
                taken = e;
                return null;
            }
        }
    }

    private async Task CopyAsync(
        AwsClient aws, Ec2 ec2, string region, string source, string name, PublishableImage image, PublicationJournal journal, CancellationToken cancellation)
    {
        string token = AmiTry.TokenOf(journal, AmiTry.Ami, region);
        string key = $"{region} {token}";
        journal.Intend(AmiTry.Ami, key);
        string id = await ec2.CopyAsync(
            region,
            [
                new("Name", name), new("Description", AmiTry.TextOf(image)), new("SourceImageId", source), new("SourceRegion", aws.Region), new("ClientToken", token),
                .. Ec2.Tags(attempt.TagsOf(image, token), "image", "snapshot"),
            ],
            cancellation).ConfigureAwait(false);
        journal.Created(AmiTry.Ami, key, id);
    }

    /// <summary>Objects of runs that died elsewhere; no import takes longer than the limit.</summary>
    private async Task<IReadOnlyList<PlacedObject>> FindObjectsAsync(AwsClient aws, string bucket, CancellationToken cancellation)
    {
        XElement answer = await aws.S3XmlAsync("ListObjectsV2", HttpMethod.Get, bucket, $"/?list-type=2&prefix={Uri.EscapeDataString(ImportBucket.Prefix(attempt))}", default, cancellation).ConfigureAwait(false);
        return
        [
            .. from item in answer.Elements("Contents")
               let created = SnapshotFacts.Time((string?)item.Element("LastModified"))
               select new PlacedObject(AmiTry.Object, $"{aws.Region} {bucket} {(string?)item.Element("Key")}")
               {
                   Created = created,
                   IsOrphan = created is null || setting.Surroundings.Time.GetUtcNow() - created > OrphanAfter,
               },
        ];
    }
}
