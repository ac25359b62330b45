using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>A snapshot that is written through EBS direct, or gone on with.</summary>
internal sealed class DirectSnapshot(AmiTry attempt, AwsClient aws, Ec2 ec2, SnapshotUpload upload, PublicationJournal journal)
{
    /// <summary>Completing takes the service some seconds; looked at every two.</summary>
    private const int CompletionLooks = 15;

    public async Task<string> MakeAsync(PublishableImage image, IExtentSource disk, string name, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string token = AmiTry.TokenOf(journal, AmiTry.Snapshot, aws.Region);
        string key = $"{aws.Region} {token}";
        journal.Intend(AmiTry.Snapshot, key);
        string id = await upload.StartAsync(disk.Length, token, name, attempt.TagsOf(image, token), cancellation).ConfigureAwait(false);
        journal.Created(AmiTry.Snapshot, key, id);

        // An earlier run may have come as far as the end of the upload; its snapshot takes no more blocks.
        if (!upload.WasCompleting || !await IsCompletedAsync().ConfigureAwait(false))
        {
            try
            {
                await upload.FillAsync(id, disk, progress, cancellation).ConfigureAwait(false);
            }
            catch (AwsError e) when (e is { Operation: "CompleteSnapshot", Status: < 500 })
            {
                // Completing is not idempotent: when its answer was lost, the second one is refused.
                if (!await IsCompletedAsync().ConfigureAwait(false))
                    throw;
            }
        }

        await attempt.Waiting().UntilAsync(
            async token =>
            {
                SnapshotFacts? facts = await StateOfAsync(ec2, aws.Region, id, token).ConfigureAwait(false);
                return facts switch
                {
                    null or { State: "pending" } => null,
                    { State: "completed" } => facts,
                    _ => throw new FactoryException(AwsFaults.BadState(attempt.Where, $"snapshot {id}", facts.State, facts.Reason)),
                };
            },
            after => PublishFaults.TimedOut(attempt.Where, $"snapshot {id}", after),
            cancellation).ConfigureAwait(false);
        return id;

        async Task<bool> IsCompletedAsync()
        {
            for (int looks = 1; await StateOfAsync(ec2, aws.Region, id, cancellation).ConfigureAwait(false) is not { State: "completed" }; looks++)
            {
                if (looks == CompletionLooks)
                    return false;
                await Task.Delay(TimeSpan.FromSeconds(2), attempt.Setting.Surroundings.Time, cancellation).ConfigureAwait(false);
            }

            return true;
        }
    }

    /// <summary>Null: not to be seen yet; a new id may be unknown to the next call.</summary>
    private static async Task<SnapshotFacts?> StateOfAsync(Ec2 ec2, string region, string id, CancellationToken cancellation) =>
        await ec2.FindSnapshotsAsync(region, cancellation, ("snapshot-id", id)).ConfigureAwait(false) is [SnapshotFacts facts, ..] ? facts : null;
}
