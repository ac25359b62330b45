using System.Net;
using System.Net.Http.Headers;
using ImageFactory.Registry.Pushing;

namespace ImageFactory.Registry.Transport;

/// <summary>A range of a blob as the body of a request, read while it is sent: any size in little memory, and sent again as often as needed.</summary>
internal sealed class RangeContent : HttpContent
{
    private const int PieceSize = 1 << 20;

    private readonly BlobReader read;
    private readonly long from;
    private readonly long length;
    private readonly Action<int> sent;

    /// <param name="sent">Told of every piece that went out.</param>
    public RangeContent(BlobReader read, long from, long length, Action<int> sent)
    {
        this.read = read;
        this.from = from;
        this.length = length;
        this.sent = sent;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <summary>Called whenever something moves: a long body is no silence.</summary>
    public Action? Moved { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[(int)Math.Min(PieceSize, Math.Max(1, length))];
        for (long done = 0; done < length;)
        {
            int count = (int)Math.Min(buffer.Length, length - done);
            read(from + done, buffer.AsSpan(0, count));
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            done += count;
            sent(count);
            Moved?.Invoke();
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
