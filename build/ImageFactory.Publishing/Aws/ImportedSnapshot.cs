using System.Xml.Linq;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Vhd;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>
/// A snapshot that the service imports from an object: a dynamic VHD that is computed while it is sent, so that holes are not. The object goes when the
/// snapshot is there, and after a failure.
/// </summary>
/// <param name="sent">Told of bytes that went out.</param>
internal sealed class ImportedSnapshot(AmiTry attempt, AwsClient aws, Ec2 ec2, PublicationJournal journal, Action<long> sent)
{
    public async Task<string> MakeAsync(PublishableImage image, IExtentSource disk, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string bucket = ImportBucket.Needed(attempt);
        string token = AmiTry.TokenOf(journal, AmiTry.Import, aws.Region);
        string import = $"{aws.Region} {token}";
        string key = ImportBucket.KeyOf(attempt, token);
        string stored = $"{aws.Region} {bucket} {key}";
        string snapshot = $"{aws.Region} {token}";
        if (journal.Find(AmiTry.Import, import)?.Id is not { } task)
        {
            journal.Intend(AmiTry.Import, import);
            await UploadAsync(disk, image, bucket, key, stored, progress, cancellation).ConfigureAwait(false);
            task = await ec2.ImportAsync(
                aws.Region,
                [
                    new("ClientToken", token), new("RoleName", attempt.Destination.ImportRole), new("Description", AmiTry.TextOf(image)),
                    new("DiskContainer.Format", "VHD"), new("DiskContainer.UserBucket.S3Bucket", bucket), new("DiskContainer.UserBucket.S3Key", key),
                    .. Ec2.Tags(attempt.TagsOf(image, token), "import-snapshot-task"),
                ],
                cancellation).ConfigureAwait(false);
            journal.Created(AmiTry.Import, import, task);
        }

        ImportFacts done = await attempt.Waiting().UntilAsync(
            async wait => await ec2.FindImportAsync(aws.Region, task, wait).ConfigureAwait(false) switch
            {
                { Status: "completed", Snapshot: not null } facts => facts,
                null or { Status: "active" or "completed" } => null,
                var facts => throw new FactoryException(AwsFaults.BadState(attempt.Where, $"the import {task}", facts.Status, facts.Message)),
            },
            after => PublishFaults.TimedOut(attempt.Where, $"the import {task}", after),
            cancellation).ConfigureAwait(false);
        journal.Created(AmiTry.Snapshot, snapshot, done.Snapshot!);

        // Tags of an import are the task's; those of the snapshot come now.
        await ec2.TagAsync(aws.Region, done.Snapshot!, attempt.TagsOf(image, token), cancellation).ConfigureAwait(false);
        await new ImportRemoval(attempt, aws).RemoveObjectAsync(bucket, key, cancellation).ConfigureAwait(false);
        journal.Removed(AmiTry.Object, stored);
        return done.Snapshot!;
    }

    private async Task UploadAsync(IExtentSource disk, PublishableImage image, string bucket, string key, string stored, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        using DynamicVhdView file = new(disk, DiskIds.Of(image.Digest));
        ObjectUpload upload = new(aws, bucket, key);
        if (journal.Find(AmiTry.Object, stored)?.Id is { } former)
            await upload.AbortAsync(former, cancellation).ConfigureAwait(false);
        journal.Intend(AmiTry.Object, stored);
        string id = await upload.BeginAsync(cancellation).ConfigureAwait(false);
        journal.Created(AmiTry.Object, stored, id);
        long done = 0;
        await upload.SendAsync(
            id,
            file,
            bytes =>
            {
                sent(bytes);
                progress.Report(new TransferProgress(Interlocked.Add(ref done, bytes), file.Length));
            },
            cancellation).ConfigureAwait(false);
    }
}

/// <param name="Status"><c>active</c>, <c>completed</c>, or the state of a failure.</param>
internal sealed record ImportFacts(string Task, string Status, string? Message, string? Snapshot)
{
    public static ImportFacts Of(XElement item)
    {
        XElement? detail = item.Element("snapshotTaskDetail");
        return new ImportFacts((string?)item.Element("importTaskId") ?? "", (string?)detail?.Element("status") ?? "active", (string?)detail?.Element("statusMessage"), (string?)detail?.Element("snapshotId"));
    }
}
