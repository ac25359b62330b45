using System.Globalization;
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
internal sealed class AmiPublisher(DestinationSetting setting, AmiDestination destination) : IPublisher
{
    private const string Ami = "ami";
    private const string Snapshot = "snapshot";

    /// <summary>The tag of the try that made an object: finds it when the answer with its id was lost.</summary>
    private const string TryTag = "imagefactory-try";

    /// <summary>Completing takes the service some seconds; looked at every two.</summary>
    private const int CompletionLooks = 15;

    /// <summary>A snapshot of another machine's run looks like an orphan until it is done; no run takes longer.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(3);

    private readonly SemaphoreSlim opening = new(1);
    private AwsClient? client;

    public string Place => $"ami {destination.Region ?? setting.Surroundings.Variable("AWS_REGION") ?? setting.Surroundings.Variable("AWS_DEFAULT_REGION") ?? "?"} {destination.Name ?? setting.Owner + "-*"}";

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation) => ToldAsync<IReadOnlyList<Fault>>(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        List<Fault> faults = [.. AmiSettings.FaultsOf(destination, image, aws.Region, setting.Where)];
        XElement caller = await aws.StsAsync("GetCallerIdentity", cancellation).ConfigureAwait(false);
        setting.Surroundings.Reporter.Report(new Said($"AWS {aws.Region}: {(string?)caller.Descendants("Arn").FirstOrDefault()}"));
        Ec2 ec2 = new(aws);
        if (destination.Name is { } name && faults.Count == 0)
        {
            foreach (AmiFacts there in await FindByNameAsync(ec2, aws.Region, name, cancellation).ConfigureAwait(false))
            {
                if (!IsOurs(there.Tags))
                    faults.Add(AwsFaults.NameOfAnother(setting.Where, name, there.Id, aws.Region));
            }
        }

        faults.AddRange(await FindMissingRightsAsync(aws, cancellation).ConfigureAwait(false));
        return faults;
    });

    public Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation) => ToldAsync(async () =>
    {
        AwsClient aws = await ClientAsync(cancellation).ConfigureAwait(false);
        FactoryException.ThrowIfAny(AmiSettings.FaultsOf(destination, image.Description, aws.Region, setting.Where));
        Ec2 ec2 = new(aws);
        string name = AmiSettings.NameOf(destination, image.Description.Recipe, image.Digest.Hex);
        SnapshotUpload upload = new(aws, journal);
        AmiFacts? there = await FindThisAsync(ec2, aws.Region, name, image, cancellation).ConfigureAwait(false);
        bool adopted = there is not null && journal.Objects.Count == 0;
        if (there is null)
            await MakeAsync(aws, ec2, upload, image, name, journal, progress, cancellation).ConfigureAwait(false);
        Dictionary<string, string> objects = [];
        AmiFacts ami = await AvailableAsync(ec2, aws.Region, name, image, cancellation).ConfigureAwait(false);
        Add(ami, "");
        await ShareAsync(ec2, aws.Region, ami.Id, cancellation).ConfigureAwait(false);
        foreach (string region in destination.CopyTo)
        {
            if (await FindThisAsync(ec2, region, name, image, cancellation).ConfigureAwait(false) is null)
            {
                adopted = false;
                await CopyAsync(aws, ec2, region, ami.Id, name, image, journal, cancellation).ConfigureAwait(false);
            }

            AmiFacts copy = await AvailableAsync(ec2, region, name, image, cancellation).ConfigureAwait(false);
            Add(copy, " " + region);
            await ShareAsync(ec2, region, copy.Id, cancellation).ConfigureAwait(false);
        }

        return new Publication(name, Ami, ami.Id, adopted, upload.BytesSent) { Objects = objects };

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
        Ec2 ec2 = new(aws);
        (string region, string token) = (leftOver.Key.Split(' ', 2)[0], leftOver.Key.Split(' ', 2)[1]);

        // Tags find what the lost answer did not name, and the snapshots of a copy that had none to show yet.
        if (leftOver.Kind == Ami)
        {
            IReadOnlyList<AmiFacts> images = await ec2.FindImagesAsync(region, cancellation, ($"tag:{TryTag}", token)).ConfigureAwait(false);

            // One whose answer was lost may not be seen yet.
            for (int look = 0; look < 4 && images.Count == 0 && leftOver.Id is null; look++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), setting.Surroundings.Time, cancellation).ConfigureAwait(false);
                images = await ec2.FindImagesAsync(region, cancellation, ($"tag:{TryTag}", token)).ConfigureAwait(false);
            }

            foreach (AmiFacts image in images.Where(i => IsOurs(i.Tags)))
                await DeregisterAsync(ec2, region, image.Id, image.Snapshots, cancellation).ConfigureAwait(false);
            if (leftOver.Id is { } id && images.All(i => i.Id != id))
                await DeregisterAsync(ec2, region, id, [], cancellation).ConfigureAwait(false);
        }

        foreach (SnapshotFacts snapshot in await ec2.FindSnapshotsAsync(region, cancellation, ($"tag:{TryTag}", token)).ConfigureAwait(false))
            await DeleteSnapshotAsync(ec2, region, snapshot.Id, cancellation).ConfigureAwait(false);
        if (leftOver is { Kind: Snapshot, Id: { } known })
            await DeleteSnapshotAsync(ec2, region, known, cancellation).ConfigureAwait(false);
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
                found.Add(new PlacedObject(Ami, $"{region} {image.Id}")
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
                found.Add(new PlacedObject(Snapshot, $"{region} {snapshot.Id}")
                {
                    Image = ImageTags.ImageOf(snapshot.Tags.GetValueOrDefault(ImageTags.Image)),
                    Created = snapshot.Created,
                    IsOrphan = old && !needed.Contains(snapshot.Id),
                });
            }
        }

        return found;
    });

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) => ToldAsync(async () =>
    {
        Ec2 ec2 = new(await ClientAsync(cancellation).ConfigureAwait(false));
        (string region, string id) = (found.Id.Split(' ')[0], found.Id.Split(' ')[1]);
        if (found.Kind == Snapshot)
            await DeleteSnapshotAsync(ec2, region, id, cancellation).ConfigureAwait(false);
        else
            await DeregisterAsync(ec2, region, id, [], cancellation).ConfigureAwait(false);
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

    /// <summary>Asks whether each operation would be allowed. StartSnapshot cannot be asked.</summary>
    private async Task<IReadOnlyList<Fault>> FindMissingRightsAsync(AwsClient aws, CancellationToken cancellation)
    {
        List<(string Region, string Action, KeyValuePair<string, string>[] Parameters)> calls =
        [
            (aws.Region, "RegisterImage", [new("Name", "imagefactory-check"), new("Architecture", "x86_64"), new("RootDeviceName", "/dev/xvda"), new("VirtualizationType", "hvm")]),
            (aws.Region, "CreateTags", [new("ResourceId.1", "snap-00000000000000000"), new("Tag.1.Key", "a"), new("Tag.1.Value", "b")]),
            (aws.Region, "DeregisterImage", [new("ImageId", "ami-00000000000000000")]),
            (aws.Region, "DeleteSnapshot", [new("SnapshotId", "snap-00000000000000000")]),
            .. destination.CopyTo.Select(r => (r, "CopyImage", new KeyValuePair<string, string>[] { new("Name", "imagefactory-check"), new("SourceImageId", "ami-00000000000000000"), new("SourceRegion", aws.Region) })),
        ];
        if (destination.Public || destination.Accounts.Count > 0)
            calls.Add((aws.Region, "ModifyImageAttribute", [new("ImageId", "ami-00000000000000000"), new("LaunchPermission.Add.1.Group", "all")]));
        if (destination.DeprecateAfterDays > 0)
            calls.Add((aws.Region, "EnableImageDeprecation", [new("ImageId", "ami-00000000000000000"), new("DeprecateAt", DeprecateAt())]));

        List<Fault> faults = [];
        foreach ((string region, string action, KeyValuePair<string, string>[] parameters) in calls)
        {
            try
            {
                await aws.Ec2Async(region, action, [.. parameters, new("DryRun", "true")], cancellation).ConfigureAwait(false);
            }
            catch (AwsError e) when (e.Code is "UnauthorizedOperation" or "OptInRequired")
            {
                faults.Add(AwsFaults.NotPermitted(setting.Where, e));
            }
            catch (AwsError e) when (e.Status is >= 400 and < 500 && AwsFaults.Of(setting.Where, e).Code is "IFU309" or "IFU307")
            {
                // DryRunOperation, or an objection to the made-up ids: the right is there.
            }
        }

        return faults;
    }

    private string DeprecateAt() =>
        setting.Surroundings.Time.GetUtcNow().AddDays(destination.DeprecateAfterDays).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private bool IsOurs(IReadOnlyDictionary<string, string> tags) => tags.GetValueOrDefault(ImageTags.Owner) == setting.Owner;

    private static Task<IReadOnlyList<AmiFacts>> FindByNameAsync(Ec2 ec2, string region, string name, CancellationToken cancellation) =>
        ec2.FindImagesAsync(region, cancellation, ("name", name));

    /// <summary>This very image under its name; null when the name is free.</summary>
    /// <exception cref="FactoryException">IFU310, IFU311: the name belongs to something else.</exception>
    private async Task<AmiFacts?> FindThisAsync(Ec2 ec2, string region, string name, PublishableImage image, CancellationToken cancellation)
    {
        AmiFacts? there = (await FindByNameAsync(ec2, region, name, cancellation).ConfigureAwait(false)).FirstOrDefault(i => i.State != "deregistered");
        if (there is null)
            return null;
        if (!IsOurs(there.Tags))
            throw new FactoryException(AwsFaults.NameOfAnother(setting.Where, name, there.Id, region));
        if (ImageTags.ImageOf(there.Tags.GetValueOrDefault(ImageTags.Image)) != image.Digest)
            throw new FactoryException(AwsFaults.NameOfOtherImage(setting.Where, name, there.Id, region));
        return there;
    }

    private async Task MakeAsync(
        AwsClient aws, Ec2 ec2, SnapshotUpload upload, PublishableImage image, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        using IExtentSource disk = image.OpenDisk();
        long gibibytes = SnapshotUpload.GibibytesOf(disk.Length);
        if (destination.VolumeSize > 0 && destination.VolumeSize < gibibytes)
            throw new FactoryException(AwsFaults.VolumeTooSmall(setting.Where, gibibytes, destination.VolumeSize));
        string snapshot = await SnapshotAsync(aws, ec2, upload, image, disk, name, journal, progress, cancellation).ConfigureAwait(false);

        string token = TokenOf(journal, Ami, aws.Region);
        string key = $"{aws.Region} {token}";
        journal.Intend(Ami, key);
        string id;
        try
        {
            id = await ec2.RegisterAsync(aws.Region, AmiSettings.Register(destination, name, TextOf(image), snapshot, gibibytes, TagsOf(image, token)), cancellation).ConfigureAwait(false);
        }
        catch (AwsError e) when (e.Code == "InvalidAMIName.Duplicate")
        {
            // The answer to an earlier attempt was lost, or somebody was faster. The name may take a moment to be found.
            AmiFacts there = await Patience().UntilAsync(
                async token => await FindThisAsync(ec2, aws.Region, name, image, token).ConfigureAwait(false), _ => AwsFaults.Of(setting.Where, e), cancellation).ConfigureAwait(false);
            id = there.Id;
        }

        journal.Created(Ami, key, id);
    }

    private async Task<string> SnapshotAsync(
        AwsClient aws, Ec2 ec2, SnapshotUpload upload, PublishableImage image, IExtentSource disk, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string token = TokenOf(journal, Snapshot, aws.Region);
        string key = $"{aws.Region} {token}";
        journal.Intend(Snapshot, key);
        string id = await upload.StartAsync(disk.Length, token, name, TagsOf(image, token), cancellation).ConfigureAwait(false);
        journal.Created(Snapshot, key, id);

        // An earlier run may have come as far as the end of the upload; its snapshot takes no more blocks.
        if (!await IsCompletedAsync(upload.WasCompleting ? CompletionLooks : 1).ConfigureAwait(false))
        {
            try
            {
                await upload.FillAsync(id, disk, progress, cancellation).ConfigureAwait(false);
            }
            catch (AwsError e) when (e is { Operation: "CompleteSnapshot", Status: < 500 })
            {
                // Completing is not idempotent: when its answer was lost, the second one is refused.
                if (!await IsCompletedAsync(CompletionLooks).ConfigureAwait(false))
                    throw;
            }
        }

        await Waiting().UntilAsync(
            async token =>
            {
                SnapshotFacts? facts = await StateOfAsync(ec2, aws.Region, id, token).ConfigureAwait(false);
                return facts switch
                {
                    null or { State: "pending" } => null,
                    { State: "completed" } => facts,
                    _ => throw new FactoryException(AwsFaults.BadState(setting.Where, $"snapshot {id}", facts.State, facts.Reason)),
                };
            },
            after => PublishFaults.TimedOut(setting.Where, $"snapshot {id}", after),
            cancellation).ConfigureAwait(false);
        return id;

        async Task<bool> IsCompletedAsync(int looks)
        {
            while (await StateOfAsync(ec2, aws.Region, id, cancellation).ConfigureAwait(false) is not { State: "completed" })
            {
                if (--looks == 0)
                    return false;
                await Task.Delay(TimeSpan.FromSeconds(2), setting.Surroundings.Time, cancellation).ConfigureAwait(false);
            }

            return true;
        }
    }

    /// <summary>Null: not to be seen yet; a new id may be unknown to the next call.</summary>
    private static async Task<SnapshotFacts?> StateOfAsync(Ec2 ec2, string region, string id, CancellationToken cancellation) =>
        await ec2.FindSnapshotsAsync(region, cancellation, ("snapshot-id", id)).ConfigureAwait(false) is [SnapshotFacts facts, ..] ? facts : null;

    private async Task CopyAsync(
        AwsClient aws, Ec2 ec2, string region, string source, string name, PublishableImage image, PublicationJournal journal, CancellationToken cancellation)
    {
        string token = TokenOf(journal, Ami, region);
        string key = $"{region} {token}";
        journal.Intend(Ami, key);
        string id = await ec2.CopyAsync(
            region,
            [
                new("Name", name), new("Description", TextOf(image)), new("SourceImageId", source), new("SourceRegion", aws.Region), new("ClientToken", token),
                .. Ec2.Tags(TagsOf(image, token), "image", "snapshot"),
            ],
            cancellation).ConfigureAwait(false);
        journal.Created(Ami, key, id);
    }

    private async Task<AmiFacts> AvailableAsync(Ec2 ec2, string region, string name, PublishableImage image, CancellationToken cancellation) => await Waiting().UntilAsync(
        async token =>
        {
            AmiFacts? facts = await FindThisAsync(ec2, region, name, image, token).ConfigureAwait(false);
            if (facts is { IsBroken: true })
                throw new FactoryException(AwsFaults.BadState(setting.Where, $"image {facts.Id}", facts.State, facts.Reason));
            return facts is { IsAvailable: true } ? facts : null;
        },
        after => PublishFaults.TimedOut(setting.Where, $"image '{name}' in {region}", after),
        cancellation).ConfigureAwait(false);

    /// <summary>Permissions and deprecation; asking for them again changes nothing. One attribute per call.</summary>
    private async Task ShareAsync(Ec2 ec2, string region, string ami, CancellationToken cancellation)
    {
        if (destination.Accounts.Count > 0)
            await ec2.CallAsync(region, "ModifyImageAttribute", cancellation, [("ImageId", ami), .. destination.Accounts.Select((a, i) => ($"{Ec2.Numbered("LaunchPermission.Add", i)}.UserId", a))]).ConfigureAwait(false);
        if (destination.Public)
            await ec2.CallAsync(region, "ModifyImageAttribute", cancellation, ("ImageId", ami), ("LaunchPermission.Add.1.Group", "all")).ConfigureAwait(false);
        if (destination.DeprecateAfterDays > 0)
            await ec2.CallAsync(region, "EnableImageDeprecation", cancellation, ("ImageId", ami), ("DeprecateAt", DeprecateAt())).ConfigureAwait(false);
    }

    private async Task DeregisterAsync(Ec2 ec2, string region, string ami, IReadOnlyList<string> snapshots, CancellationToken cancellation)
    {
        await IgnoringAbsenceAsync(() => ec2.CallAsync(region, "DeregisterImage", cancellation, ("ImageId", ami))).ConfigureAwait(false);
        await Waiting().UntilAsync(
            async token => (await ec2.FindImagesAsync(region, token, ("image-id", ami)).ConfigureAwait(false)).Any(i => i.State != "deregistered") ? null : ami,
            after => PublishFaults.TimedOut(setting.Where, $"deregistering {ami}", after),
            cancellation).ConfigureAwait(false);
        foreach (string snapshot in snapshots)
            await DeleteSnapshotAsync(ec2, region, snapshot, cancellation).ConfigureAwait(false);
    }

    /// <summary>For a while after its image has gone the service may still think that the snapshot is in use.</summary>
    private async Task DeleteSnapshotAsync(Ec2 ec2, string region, string snapshot, CancellationToken cancellation) => await Patience().UntilAsync(
        async token =>
        {
            try
            {
                await IgnoringAbsenceAsync(() => ec2.CallAsync(region, "DeleteSnapshot", token, ("SnapshotId", snapshot))).ConfigureAwait(false);
                return snapshot;
            }
            catch (AwsError e) when (e.Code == "InvalidSnapshot.InUse")
            {
                return null;
            }
        },
        _ => PublishFaults.InUse(setting.Where, new PlacedObject(Snapshot, snapshot) { UsedBy = "another image" }),
        cancellation).ConfigureAwait(false);

    private static async Task IgnoringAbsenceAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (AwsError e) when (e.IsNotFound)
        {
            // Gone already.
        }
    }

    /// <summary>The key's token of an earlier run, so that what it began is gone on with; else a new one.</summary>
    private static string TokenOf(PublicationJournal journal, string kind, string region) =>
        journal.Objects.LastOrDefault(o => o.Kind == kind && o.Key.StartsWith(region + " ", StringComparison.Ordinal))?.Key.Split(' ', 2)[1] ?? Guid.NewGuid().ToString("n");

    private IReadOnlyList<KeyValuePair<string, string>> TagsOf(PublishableImage image, string token) =>
        [.. ImageTags.Of(setting, image), new(TryTag, token), .. setting.Destination.Tags.ContainsKey("Name") ? Array.Empty<KeyValuePair<string, string>>() : [new("Name", image.Description.Recipe)]];

    private static string TextOf(PublishableImage image) =>
        image.Description.Text is { Length: > 0 and <= 255 } text && text.All(char.IsAscii) ? text : $"Pod VM image {image.Description.Recipe}";

    /// <summary>For what the service works on: as long as its own tools wait, and twice that.</summary>
    private Polling Waiting() => new(setting.Surroundings.Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(40));

    /// <summary>For what should be so already, and is not seen everywhere yet.</summary>
    private Polling Patience() => new(setting.Surroundings.Time, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(15));
}
