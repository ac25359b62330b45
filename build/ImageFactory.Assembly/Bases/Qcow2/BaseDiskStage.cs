using System.Net;
using System.Net.Http.Headers;
using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Qcow2;

/// <summary>
/// Brings the image into the store and holds it against its digest. Our own reader goes through all of its tables before any other program opens it:
/// encrypted, damaged, oversized images and those that lead to other files end here.
/// </summary>
/// <param name="digest">Of the image; it stands for the content in the key.</param>
/// <param name="backing">Digest of the backing file, where one is allowed.</param>
/// <param name="bundle">Asked before an address is.</param>
internal sealed class BaseDiskStage(QcowBase settings, Sha256 digest, Sha256? backing, BundleContents? bundle = null) : IStage
{
    private const string Revision = "1";
    private const int Tries = 4;

    public const string StageName = "base-disk";
    public const string DiskFile = "disk.img";

    /// <summary>Null for an image that lies on this machine.</summary>
    public Sha256? Fetched => settings.Uri is null ? null : digest;

    public string Name => StageName;

    public IReadOnlyList<string> After => [];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("image", digest).Add("backing", backing?.Hex ?? "none");

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string image = backing is null ? scope.OutputFile(DiskFile) : Path.Combine(scope.Work.FullName, DiskFile);
        if (settings.Uri is not null && bundle?.Open(digest) is { } carried)
            await CopyAsync(carried, image, cancellation).ConfigureAwait(false);
        else if (settings.Uri is { } uri)
            await FetchAsync(scope, uri, image, cancellation).ConfigureAwait(false);
        else
            FileCopy.Copy(settings.Path!.FullPath, image, cancellation);
        Sha256 found = await Sha256.OfFileAsync(image, cancellation).ConfigureAwait(false);
        if (found != digest)
            throw new FactoryException(QcowFaults.Digest(settings.Uri ?? settings.Path!.Text, digest, found));

        if (backing is null)
            Check(image);
        else
            await FlattenAsync(scope, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks for every cluster's place, which reads and checks all tables.</summary>
    private static void Check(string image)
    {
        using IExtentSource disk = DiskImage.Open(image);
        foreach (Extent _ in disk.Extents())
        {
        }
    }

    /// <summary>An image with a backing file becomes one without, so that nothing later looks for other files.</summary>
    private async Task FlattenAsync(StageScope scope, CancellationToken cancellation)
    {
        string behind = settings.Backing!.FullPath;
        Sha256 found = await Sha256.OfFileAsync(behind, cancellation).ConfigureAwait(false);
        if (found != backing)
            throw new FactoryException(QcowFaults.Digest(settings.Backing.Text, backing!.Value, found));
        // The name in the image is relative to where the image lies, so it is opened there.
        using IExtentSource disk = DiskImage.OpenWithBacking(settings.Path!.FullPath, [behind]);
        await using FileStream raw = File.Create(scope.OutputFile(DiskFile));
        raw.SetLength(disk.Length);
        await SparseCopy.CopyAsync(disk, raw, 0, done => scope.Log.Progress(done, disk.Length, "bytes"), cancellation).ConfigureAwait(false);
    }

    private static async Task CopyAsync(Stream carried, string target, CancellationToken cancellation)
    {
        await using (carried.ConfigureAwait(false))
        {
            await using FileStream file = new(target, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
            await SparseWriter.CopyAsync(carried, file, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task FetchAsync(StageScope scope, string uri, string target, CancellationToken cancellation)
    {
        if (scope.Offline)
            throw new FactoryException(GuestFaults.Offline($"fetching {uri}"));
        using HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
        await using FileStream file = File.Create(target);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await GoOnAsync(client, uri, file, scope.Log, cancellation).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or HttpIOException)
            {
                if (attempt == Tries || e is HttpRequestException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError })
                    throw new FactoryException(QcowFaults.NotFetched(uri, e.Message), e);
                scope.Log.Info($"the download broke off after {file.Length} bytes ({e.Message}) and goes on");
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>From where the file ends; a server that cannot do that begins anew.</summary>
    private static async Task GoOnAsync(HttpClient client, string uri, FileStream file, IStageLog log, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, uri);
        if (file.Length > 0)
            request.Headers.Range = new RangeHeaderValue(file.Length, null);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.StatusCode != HttpStatusCode.PartialContent)
            file.SetLength(0);
        file.Position = file.Length;
        long total = file.Length + (response.Content.Headers.ContentLength ?? 0);
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] buffer = new byte[1 << 20];
        for (int got; (got = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            await file.WriteAsync(buffer.AsMemory(0, got), cancellation).ConfigureAwait(false);
            log.Progress(file.Length, total, "bytes");
        }

        await file.FlushAsync(cancellation).ConfigureAwait(false);
        if (total > 0 && file.Length < total)
            throw new IOException($"{file.Length} of {total} bytes came");
    }
}
