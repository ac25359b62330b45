using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>Takes away what an import that failed left: its object, uploads to it, the task, and a snapshot that came all the same.</summary>
internal sealed class ImportRemoval(AmiTry attempt, AwsClient aws)
{
    public async Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        string[] key = leftOver.Key.Split(' ');
        if (leftOver.Kind == AmiTry.Object)
            await RemoveObjectAsync(key[1], key[2], cancellation).ConfigureAwait(false);
        else
            await CancelAsync(key[0], key[1], leftOver.Id, cancellation).ConfigureAwait(false);
    }

    /// <summary>An upload may be open beside the object: the answer that began it may have been lost.</summary>
    public async Task RemoveObjectAsync(string bucket, string key, CancellationToken cancellation)
    {
        ObjectUpload upload = new(aws, bucket, key);
        foreach (string open in await upload.FindAsync(cancellation).ConfigureAwait(false))
            await upload.AbortAsync(open, cancellation).ConfigureAwait(false);
        await aws.DeleteObjectAsync(bucket, key, cancellation).ConfigureAwait(false);
    }

    private async Task CancelAsync(string region, string token, string? task, CancellationToken cancellation)
    {
        Ec2 ec2 = new(aws);
        foreach (ImportFacts found in await ec2.FindImportsAsync(region, cancellation, ($"tag:{AmiTry.TryTag}", token)).ConfigureAwait(false))
        {
            if (task is not null && found.Task != task)
                continue;
            if (found.Status == "active")
            {
                try
                {
                    await ec2.CallAsync(region, "CancelImportTask", cancellation, ("ImportTaskId", found.Task)).ConfigureAwait(false);
                }
                catch (AwsError e) when (e.Status is >= 400 and < 500)
                {
                    // It ended meanwhile; what came of it is looked for next.
                }
            }

            if (found.Snapshot is { } snapshot)
                await new AmiRemoval(attempt, ec2).DeleteSnapshotAsync(region, snapshot, cancellation).ConfigureAwait(false);
        }
    }
}
