using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google;
using Google.Apis.Http;
using Google.Apis.Upload;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gcp;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// Brings a disk into an object of Cloud Storage as the archive that images are made from. The archive is made while it is sent; the resumable
/// protocol is that of Google.Apis. An upload that a dead run began is gone on with: the archive is made once more to know its length, which a stream
/// that can seek must tell, and only what the service lacks is sent.
/// </summary>
internal sealed class ArchiveUpload(GcpClient client, GcpPlace place, PublicationJournal journal)
{
    public const string Object = "object";

    /// <summary>The session of an upload. Its address works like a key.</summary>
    public const string Session = "upload";

    /// <summary>Also the memory that the upload takes; Google advises 8 MiB or more.</summary>
    private const int ChunkSize = 16 << 20;

    private const int MostAttempts = 8;

    public long BytesSent { get; private set; }

    /// <summary>Uploads the disk to the object, whose intent is in the journal, and makes sure that it arrived as it was sent.</summary>
    /// <exception cref="FactoryException">IFU508, IFU519; IFI1xx: the disk cannot be read.</exception>
    public async Task RunAsync(string bucket, string name, IExtentSource disk, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string key = $"{bucket}/{name}";
        long total = disk.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length);
        Sum? sum = null;
        if (journal.Find(Session, key)?.Id is { } begun)
        {
            place.Around.ConcealAddress(begun);
            sum = await ResumeAsync(new Uri(begun), disk, total, progress, cancellation).ConfigureAwait(false);
        }

        if (sum is null)
        {
            journal.Intend(Session, key);
            Uri session = await BeginAsync(bucket, name, cancellation).ConfigureAwait(false);
            place.Around.ConcealAddress(session.AbsoluteUri);
            journal.Created(Session, key, session.AbsoluteUri);
            await using ArchiveStream archive = new(() => Open(disk, Reporting), null);
            if (!await SendAsync(session, archive, resume: false, cancellation).ConfigureAwait(false))
                throw new FactoryException(GcpFaults.Passing(place.Where, new GcpError("objects.insert", 410, "gone", "the upload's session ended before its time")));
            sum = new Sum(archive.Served, archive.Crc32C);
            BytesSent = archive.Served;
        }

        JsonElement stored = await client.CallAsync("objects.get", HttpMethod.Get, AddressOf(bucket, name), null, cancellation).ConfigureAwait(false);
        Sum found = new((long)(stored.Number("size") ?? -1), stored.Text("crc32c") is { } text ? BinaryPrimitives.ReadUInt32BigEndian(Convert.FromBase64String(text)) : 0);
        if (found != sum)
            throw new FactoryException(GcpFaults.Damaged(place.Where, key, sum.ToString(), found.ToString()));
        journal.Created(Object, key, stored.Text("generation") ?? "");

        void Reporting(long done) => progress.Report(new TransferProgress(done, total));
    }

    /// <summary>Whether the object that the journal knows is there, whole.</summary>
    public async Task<bool> IsThereAsync(string bucket, string name, CancellationToken cancellation) =>
        journal.Find(Object, $"{bucket}/{name}")?.Id is { } generation
        && await client.FindAsync("objects.get", HttpMethod.Get, AddressOf(bucket, name), null, cancellation).ConfigureAwait(false) is { } stored
        && stored.Text("generation") == generation;

    /// <summary>Object names are one segment of the path, their slashes escaped.</summary>
    public Uri AddressOf(string bucket, string name) => new($"{client.Storage.AbsoluteUri}storage/v1/b/{Uri.EscapeDataString(bucket)}/o/{Uri.EscapeDataString(name)}");

    private Stream Open(IExtentSource disk, Action<long>? read) => GcpArchive.OpenRead(disk, CompressionLevel.Optimal, place.Around.Processors, read);

    private async Task<Uri> BeginAsync(string bucket, string name, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(
            HttpMethod.Post,
            new Uri($"{client.Storage.AbsoluteUri}upload/storage/v1/b/{Uri.EscapeDataString(bucket)}/o?uploadType=resumable&ifGenerationMatch=0&name={Uri.EscapeDataString(name)}"))
        {
            Content = GcpClient.JsonOf(new JsonObject
            {
                ["contentType"] = "application/gzip",
                ["metadata"] = new JsonObject { [ImageTags.Owner] = place.Setting.Owner, [ImageTags.Image] = journal.Image?.Hex },
            }),
        };
        request.Headers.Add("X-Upload-Content-Type", "application/gzip");
        using HttpResponseMessage answer = await client.SendAsync("objects.insert", request, cancellation).ConfigureAwait(false);
        return answer.Headers.Location ?? throw new FactoryException(GcpFaults.NotUnderstood(place.Where, "objects.insert: no address for the upload"));
    }

    /// <returns>Null when the session is gone.</returns>
    private async Task<Sum?> ResumeAsync(Uri session, IExtentSource disk, long total, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        Sum sum;
        await using (ArchiveStream whole = new(() => Open(disk, null), null))
        {
            await whole.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            sum = new Sum(whole.Served, whole.Crc32C);
        }

        await using ArchiveStream archive = new(() => Open(disk, done => progress.Report(new TransferProgress(done, total))), sum.Length);
        if (!await SendAsync(session, archive, resume: true, cancellation).ConfigureAwait(false))
            return null;
        BytesSent = archive.Served;
        return sum;
    }

    /// <summary>Google.Apis asks what has arrived and goes on from there after a failure; when its attempts are spent, it is told to go on again.</summary>
    /// <returns>False when the session is gone.</returns>
    private async Task<bool> SendAsync(Uri session, ArchiveStream archive, bool resume, CancellationToken cancellation)
    {
        using ConfigurableHttpClient http = new(new ConfigurableMessageHandler(place.Around.Transport()) { FollowRedirect = false }) { Timeout = TimeSpan.FromMinutes(10) };
        ResumableUpload upload = ResumableUpload.CreateFromUploadUri(session, archive, new ResumableUploadOptions { HttpClient = http });
        upload.ChunkSize = ChunkSize;
        TimeSpan wait = TimeSpan.FromSeconds(0.5);
        long arrived = -1;
        int attempts = 0;
        IUploadProgress state = resume ? await upload.ResumeAsync(session, cancellation).ConfigureAwait(false) : await upload.UploadAsync(cancellation).ConfigureAwait(false);
        while (state.Status != UploadStatus.Completed)
        {
            cancellation.ThrowIfCancellationRequested();
            if (StatusOf(state.Exception) is 404 or 410)
                return false;
            (attempts, wait) = state.BytesSent > arrived ? (1, TimeSpan.FromSeconds(0.5)) : (attempts + 1, wait * 2);
            arrived = Math.Max(arrived, state.BytesSent);
            if (attempts >= MostAttempts || !IsPassing(state.Exception))
                throw Told(state.Exception);
            await Task.Delay(wait, place.Around.Time, cancellation).ConfigureAwait(false);
            state = await upload.ResumeAsync(cancellation).ConfigureAwait(false);
        }

        return true;
    }

    private static int StatusOf(Exception? failure) => failure is GoogleApiException { HttpStatusCode: var status } ? (int)status : 0;

    private static bool IsPassing(Exception? failure) => failure switch
    {
        GoogleApiException => StatusOf(failure) is >= 500 or 429 or 408,
        HttpRequestException or IOException or TaskCanceledException => true,
        _ => false,
    };

    private Exception Told(Exception? failure) => failure switch
    {
        FactoryException known => known,
        GoogleApiException refused => new GcpError("objects.insert", StatusOf(refused), refused.Error?.Errors?.FirstOrDefault()?.Reason ?? "", refused.Error?.Message ?? refused.Message),
        HttpRequestException or IOException or TaskCanceledException => new FactoryException(PublishFaults.Unreachable(place.Where, client.Storage.Host, failure.Message), failure),
        _ => failure ?? new GcpError("objects.insert", 500, "", "the upload ended without saying why"),
    };

    /// <summary>What must be the same at both ends.</summary>
    private sealed record Sum(long Length, uint Crc32C)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Length} bytes, CRC-32C {Crc32C:x8}");
    }
}
