using System.IO.Pipelines;

namespace ImageFactory.Images.Gcp;

/// <summary>What a writer writes, as a stream that is read; the writer runs ahead by a few MiB. Its failure is thrown to the reader.</summary>
internal sealed class ProducedStream : Stream
{
    private readonly CancellationTokenSource ending = new();
    private readonly Stream reader;
    private readonly Task writing;

    public ProducedStream(Func<Stream, CancellationToken, Task> write)
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, minimumSegmentSize: 64 << 10, useSynchronizationContext: false));
        reader = pipe.Reader.AsStream();
        writing = Task.Run(() => ProduceAsync(pipe.Writer, write, ending.Token));
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("how long it gets is not known");

    public override long Position
    {
        get => throw new NotSupportedException("it is only read from front to back");
        set => throw new NotSupportedException("it is only read from front to back");
    }

    public override int Read(byte[] buffer, int offset, int count) => reader.Read(buffer, offset, count);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reader.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        reader.ReadAsync(buffer, offset, count, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("it is only read from front to back");

    public override void SetLength(long value) => throw new NotSupportedException("it is only read");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("it is only read");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            ending.Cancel();
            writing.Wait();
            ending.Dispose();
            reader.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task ProduceAsync(PipeWriter writer, Func<Stream, CancellationToken, Task> write, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            await write(writer.AsStream(leaveOpen: true), cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        await writer.CompleteAsync(failure).ConfigureAwait(false);
    }
}
