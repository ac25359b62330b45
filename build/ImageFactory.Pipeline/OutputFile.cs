using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline;

/// <summary>
/// A new file of a stage's output, written from its start to its end. Its digest is taken on a thread of its own and its bytes go to the disk
/// meanwhile, so that the store neither reads it again nor waits long for the disk.
/// </summary>
internal sealed class OutputFile : Stream
{
    private const long FlushEvery = 64 << 20;

    private readonly FileStream file;
    private readonly BackgroundHash hash = new(IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
    private readonly Action<Sha256> finished;
    private long nextFlush = FlushEvery;

    /// <param name="finished">Gets the digest when the file is closed.</param>
    public OutputFile(string path, Action<Sha256> finished)
    {
        this.finished = finished;
        file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        hash.Append(buffer);
        file.Write(buffer);
        StartWriting();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await hash.AppendAsync(buffer, cancellationToken).ConfigureAwait(false);
        await file.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        StartWriting();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync().ConfigureAwait(false);
        finished(new Sha256(await hash.FinishAsync().ConfigureAwait(false)));
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void StartWriting()
    {
        if (file.Position < nextFlush)
            return;
        nextFlush = file.Position + FlushEvery;
        Durable.StartWriting(file.SafeFileHandle);
    }
}
