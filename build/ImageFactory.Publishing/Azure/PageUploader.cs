using System.Buffers;
using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// Writes ranges of a disk as pages of a blob that exists already: several at once, at most 4 MiB each, holes and zeros left out.
/// </summary>
internal sealed class PageUploader : IDisposable
{
    /// <summary>The most that one Put Page takes.</summary>
    public const int LargestWrite = 4 << 20;

    /// <summary>Enough to fill a blob's 60 MiB/s at the latency of another continent; 16 buffers are 64 MiB.</summary>
    private const int Parallelism = 16;

    /// <summary>Zeros shorter than this are sent: a request of their own would cost more.</summary>
    private const int Block = 64 << 10;

    private const string ServiceVersion = "2023-11-03";

    private readonly AzurePlace place;
    private readonly HttpClient client;
    private readonly HttpPipeline pipeline;
    private readonly long stride;

    public PageUploader(AzurePlace place, AzureTiming timing, PrivateEndpoint? endpoint)
    {
        this.place = place;
        stride = timing.Stride;
        HttpMessageHandler handler = place.Setting.Surroundings.Transport();
        if (endpoint is not null && handler is SocketsHttpHandler sockets)
            sockets.ConnectCallback = endpoint.ConnectAsync;
        client = new HttpClient(handler);
        // The signature in the address is all the permission there is: no policy adds a token.
        pipeline = HttpPipelineBuilder.Build(new PageOptions(new HttpClientTransport(client), timing));
    }

    /// <param name="source">What to write; its length is a whole number of sectors of 512 bytes.</param>
    /// <param name="address">The blob, with its signature.</param>
    /// <param name="from">What lies before was written by an earlier run.</param>
    /// <param name="reached">Is told now and then up to where everything is written.</param>
    /// <param name="progress">Bytes of data.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Bytes that were sent.</returns>
    /// <exception cref="FactoryException">IFU418, IFU101.</exception>
    public async Task<long> UploadAsync(
        IExtentSource source, Uri address, long from, Action<long> reached, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        IReadOnlyList<Extent> pieces = [.. Pieces(source)];
        long total = pieces.Sum(p => p.Length);
        long done = pieces.Where(p => p.End <= from).Sum(p => p.Length);
        long sent = 0;
        Watermark watermark = new(from, stride, reached);
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellation };
        await Parallel.ForEachAsync(watermark.Begun(pieces.Where(p => p.End > from)), options, async (piece, token) =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(LargestWrite);
            try
            {
                Memory<byte> content = buffer.AsMemory(0, (int)piece.Length);
                source.Read(piece.Offset, content.Span);
                foreach ((int start, int length) in DataOf(content.Span, piece.Offset))
                {
                    await WriteAsync(address, piece.Offset + start, content.Slice(start, length), token).ConfigureAwait(false);
                    Interlocked.Add(ref sent, length);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            watermark.Ended(piece);
            progress.Report(new TransferProgress(Interlocked.Add(ref done, piece.Length), total));
        }).ConfigureAwait(false);
        return sent;
    }

    public void Dispose() => client.Dispose();

    /// <summary>Data ranges, grown to whole sectors and cut at multiples of the largest write.</summary>
    internal static IEnumerable<Extent> Pieces(IExtentSource source)
    {
        const long Sector = 512;
        long end = 0;
        foreach (Extent extent in source.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            long start = Math.Max(end, extent.Offset / Sector * Sector);
            end = Math.Max(end, (extent.End + Sector - 1) / Sector * Sector);
            while (start < end)
            {
                long stop = Math.Min(end, (start / LargestWrite * LargestWrite) + LargestWrite);
                yield return new Extent(start, stop - start, ExtentKind.Data);
                start = stop;
            }
        }
    }

    /// <summary>The runs of blocks that hold anything but zeros; blocks are aligned within the disk.</summary>
    internal static List<(int Start, int Length)> DataOf(ReadOnlySpan<byte> content, long offset)
    {
        List<(int Start, int Length)> runs = [];
        for (int start = 0; start < content.Length;)
        {
            int stop = (int)Math.Min(content.Length, start + Block - ((offset + start) % Block));
            if (content[start..stop].ContainsAnyExcept((byte)0))
            {
                if (runs.Count > 0 && runs[^1].Start + runs[^1].Length == start)
                    runs[^1] = (runs[^1].Start, stop - runs[^1].Start);
                else
                    runs.Add((start, stop - start));
            }

            start = stop;
        }

        return runs;
    }

    private async Task WriteAsync(Uri address, long offset, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using HttpMessage message = pipeline.CreateMessage();
        Request request = message.Request;
        request.Method = RequestMethod.Put;
        request.Uri.Reset(new Uri($"{address.AbsoluteUri}{(address.Query.Length > 0 ? '&' : '?')}comp=page"));
        request.Headers.Add("x-ms-version", ServiceVersion);
        request.Headers.Add("x-ms-page-write", "update");
        request.Headers.Add("x-ms-range", string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-{offset + content.Length - 1}"));
        request.Content = RequestContent.Create(content);
        try
        {
            await pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or HttpRequestException or IOException && !cancellation.IsCancellationRequested)
        {
            // The message of the client may quote the address, and with it the signature.
            throw new FactoryException(PublishFaults.Unreachable(place.Setting.Where, address.Host, e.GetBaseException().Message.Replace(address.Query, "?***", StringComparison.Ordinal)), e);
        }

        if (message.Response.IsError)
        {
            string code = message.Response.Headers.TryGetValue("x-ms-error-code", out string? value) ? value : message.Response.ReasonPhrase;
            throw new FactoryException(AzureFaults.PageRefused(place.Setting.Where, offset, content.Length, message.Response.Status, code));
        }
    }

    private sealed class PageOptions : ClientOptions
    {
        public PageOptions(HttpPipelineTransport transport, AzureTiming timing)
        {
            Transport = transport;
            Retry.MaxRetries = timing.Retries;
            Retry.Delay = timing.Retry;
            Diagnostics.IsLoggingEnabled = false;
            Diagnostics.IsDistributedTracingEnabled = false;
        }
    }
}
