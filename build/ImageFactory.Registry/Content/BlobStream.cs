using System.Net;
using System.Net.Http.Headers;
using ImageFactory.Model;
using ImageFactory.Registry.Transport;

namespace ImageFactory.Registry.Content;

/// <summary>
/// The bytes of a blob as they arrive. A connection that breaks is opened again where it broke. Size and digest are checked at the end: whoever
/// reads must not use what was read before <see cref="FinishAsync"/> has returned.
/// </summary>
public sealed class BlobStream : Stream
{
    private readonly RepositoryConnection connection;
    private readonly RegistrySettings settings;
    private readonly TimeProvider time;
    private readonly Descriptor blob;
    private readonly string where;
    private readonly Action<long>? progress;
    private readonly BackgroundHash hash;
    private HttpResponseMessage? answer;
    private Stream? body;
    private long position;
    private int failures;
    private bool verified;

    internal BlobStream(RepositoryConnection connection, Descriptor blob, RegistrySettings settings, TimeProvider time, Action<long>? progress)
    {
        this.connection = connection;
        this.blob = blob;
        this.settings = settings;
        this.time = time;
        this.progress = progress;
        where = $"{connection.Name}@{blob.Digest}";
        hash = new BackgroundHash(blob.Digest.CreateHash());
    }

    /// <summary>A small blob as a whole, its digest checked.</summary>
    /// <exception cref="FactoryException">IFO4xx: it is larger than <paramref name="most"/>, or not what its digest says.</exception>
    internal static async Task<byte[]> ReadAllAsync(
        RepositoryConnection connection, Descriptor blob, int most, RegistrySettings settings, TimeProvider time, CancellationToken cancellation)
    {
        if (blob.Size > most)
            throw new FactoryException(ContentFaults.TooLarge($"{connection.Name}@{blob.Digest}", most));
        byte[] bytes = new byte[blob.Size];
        await using BlobStream stream = new(connection, blob, settings, time, null);
        await stream.ReadExactlyAsync(bytes, cancellation).ConfigureAwait(false);
        await stream.FinishAsync(cancellation).ConfigureAwait(false);
        return bytes;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => blob.Size;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <exception cref="FactoryException">IFO301 to IFO310, IFO406, IFO407.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || verified)
            return 0;
        while (true)
        {
            string problem;
            Exception? cause = null;
            try
            {
                body ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
                int read = await ReadSomeAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read > 0 || position == blob.Size)
                    return await TakeAsync(buffer[..read], cancellationToken).ConfigureAwait(false);
                problem = "the answer ended early";
            }
            catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
            {
                problem = e.Message;
                cause = e;
            }

            HangUp();
            if (++failures >= settings.Attempts)
                throw new FactoryException(ServiceFaults.Broken(where, position, blob.Size, problem), cause);
            await Task.Delay(RetryRule.Pause(settings, failures, null, time), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what is left and checks size and digest of all of it.</summary>
    /// <exception cref="FactoryException">As reading.</exception>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        byte[] buffer = new byte[128 << 10];
        while (!verified && await ReadAsync(buffer, cancellation).ConfigureAwait(false) > 0)
        {
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a blob is read asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            HangUp();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<int> TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        position += bytes.Length;
        if (position > blob.Size)
            throw new FactoryException(ContentFaults.WrongBlobSize(where, blob.Size, position));
        if (bytes.Length > 0)
        {
            await hash.AppendAsync(bytes, cancellation).ConfigureAwait(false);
            failures = 0;
            progress?.Invoke(position);
        }
        else
        {
            // The end is where the size says it is, and the answer agrees.
            HangUp();
            verified = true;
            if (!blob.Digest.Is(await hash.FinishAsync().ConfigureAwait(false)))
                throw new FactoryException(ContentFaults.WrongBlobDigest(where));
        }

        return bytes.Length;
    }

    private async Task<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        using CancellationTokenSource silence = new(settings.Silence, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        try
        {
            return await body!.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {settings.Silence.TotalSeconds:0} s", e);
        }
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellation)
    {
        long from = position;
        if (from == blob.Size && from > 0)
            return Null;
        answer = await connection.SendAsync(
            HttpMethod.Get,
            $"blobs/{blob.Digest}",
            "pull",
            request => request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null,
            where,
            cancellation).ConfigureAwait(false);
        Stream opened = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);

        if (from == 0 && answer.Content.Headers.ContentLength is { } length && length != blob.Size)
            throw new FactoryException(ContentFaults.WrongBlobSize(where, blob.Size, length));

        // A server that takes no ranges sends everything again; one that sends another range is not believed.
        if (from > 0 && answer.StatusCode != HttpStatusCode.PartialContent)
            await SkipAsync(opened, from, cancellation).ConfigureAwait(false);
        else if (from > 0 && answer.Content.Headers.ContentRange?.From != from)
            throw new IOException("the registry sends another range than it was asked for");
        return opened;
    }

    private async Task SkipAsync(Stream opened, long count, CancellationToken cancellation)
    {
        byte[] buffer = new byte[128 << 10];
        body = opened;
        while (count > 0)
        {
            int read = await ReadSomeAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), cancellation).ConfigureAwait(false);
            if (read == 0)
                throw new IOException("the answer ended early");
            count -= read;
        }
    }

    private void HangUp()
    {
        body?.Dispose();
        answer?.Dispose();
        body = null;
        answer = null;
    }
}
