using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>Takes images and snapshots away, and waits until they are gone.</summary>
internal sealed class AmiRemoval(AmiTry attempt, Ec2 ec2)
{
    /// <summary>What a try that failed left, also when its id was never learned.</summary>
    public async Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        (string region, string token) = (leftOver.Key.Split(' ', 2)[0], leftOver.Key.Split(' ', 2)[1]);

        // Tags find what the lost answer did not name, and the snapshots of a copy that had none to show yet.
        if (leftOver.Kind == AmiTry.Ami)
        {
            IReadOnlyList<AmiFacts> images = await ec2.FindImagesAsync(region, cancellation, ($"tag:{AmiTry.TryTag}", token)).ConfigureAwait(false);

            // One whose answer was lost may not be seen yet.
            for (int look = 0; look < 4 && images.Count == 0 && leftOver.Id is null; look++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), attempt.Setting.Surroundings.Time, cancellation).ConfigureAwait(false);
                images = await ec2.FindImagesAsync(region, cancellation, ($"tag:{AmiTry.TryTag}", token)).ConfigureAwait(false);
            }

            foreach (AmiFacts image in images.Where(i => attempt.IsOurs(i.Tags)))
                await DeregisterAsync(region, image.Id, image.Snapshots, cancellation).ConfigureAwait(false);
            if (leftOver.Id is { } id && images.All(i => i.Id != id))
                await DeregisterAsync(region, id, [], cancellation).ConfigureAwait(false);
        }

        foreach (SnapshotFacts snapshot in await ec2.FindSnapshotsAsync(region, cancellation, ($"tag:{AmiTry.TryTag}", token)).ConfigureAwait(false))
            await DeleteSnapshotAsync(region, snapshot.Id, cancellation).ConfigureAwait(false);
        if (leftOver is { Kind: AmiTry.Snapshot, Id: { } known })
            await DeleteSnapshotAsync(region, known, cancellation).ConfigureAwait(false);
    }

    public async Task DeregisterAsync(string region, string ami, IReadOnlyList<string> snapshots, CancellationToken cancellation)
    {
        await DeregisterAsync(region, ami, cancellation).ConfigureAwait(false);
        await UntilGoneAsync(region, ami, cancellation).ConfigureAwait(false);
        foreach (string snapshot in snapshots)
            await DeleteSnapshotAsync(region, snapshot, cancellation).ConfigureAwait(false);
    }

    public Task DeregisterAsync(string region, string ami, CancellationToken cancellation) =>
        IgnoringAbsenceAsync(() => ec2.CallAsync(region, "DeregisterImage", cancellation, ("ImageId", ami)));

    public Task UntilGoneAsync(string region, string ami, CancellationToken cancellation) => attempt.Waiting().UntilAsync(
        async token => (await ec2.FindImagesAsync(region, token, ("image-id", ami)).ConfigureAwait(false)).Any(i => i.State != "deregistered") ? null : ami,
        after => PublishFaults.TimedOut(attempt.Where, $"deregistering {ami}", after),
        cancellation);

    /// <summary>For a while after its image has gone the service may still think that the snapshot is in use.</summary>
    public async Task DeleteSnapshotAsync(string region, string snapshot, CancellationToken cancellation) => await attempt.Patience().UntilAsync(
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
        _ => PublishFaults.InUse(attempt.Where, new PlacedObject(AmiTry.Snapshot, snapshot) { UsedBy = "another image" }),
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
}
