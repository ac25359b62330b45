using System.Buffers;

namespace ImageFactory.Images.Compression;

/// <summary>A stream that only reads, from a compressed stream below it: what the formats have in common. Owns the stream below unless told otherwise.</summary>
public abstract class DecompressionStream : Stream
{
    private const int InputSize = 128 << 10;

    private readonly Stream source;
    private readonly bool leaveOpen;
    private byte[]? input = ArrayPool<byte>.Shared.Rent(InputSize);
    private int inputStart;
    private int inputEnd;
    private bool sourceEnded;
    private bool ended;

    private protected DecompressionStream(Stream source, bool leaveOpen)
    {
        this.source = source;
        this.leaveOpen = leaveOpen;
    }

    public override bool CanRead => input is not null;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("the length is known only at the end");

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        byte[] pending = input ?? throw new ObjectDisposedException(GetType().Name);
        while (!ended && buffer.Length > 0)
        {
            if (inputStart == inputEnd && !sourceEnded)
                Filled(source.Read(pending, 0, InputSize));
            if (Step(pending, buffer) is int produced)
                return produced;
        }

        return 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        byte[] pending = input ?? throw new ObjectDisposedException(GetType().Name);
        while (!ended && buffer.Length > 0)
        {
            if (inputStart == inputEnd && !sourceEnded)
                Filled(await source.ReadAsync(pending.AsMemory(0, InputSize), cancellationToken).ConfigureAwait(false));
            if (Step(pending, buffer.Span) is int produced)
                return produced;
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Takes from <paramref name="compressed"/> and fills <paramref name="output"/>; <paramref name="last"/> says that nothing will follow.</summary>
    private protected abstract Progress Decompress(ReadOnlySpan<byte> compressed, bool last, Span<byte> output);

    private protected abstract void Release();

    protected override void Dispose(bool disposing)
    {
        if (disposing && input is not null)
        {
            ArrayPool<byte>.Shared.Return(input);
            input = null;
            Release();
            if (!leaveOpen)
                source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Filled(int count)
    {
        inputStart = 0;
        inputEnd = count;
        sourceEnded = count == 0;
    }

    /// <summary>One call of the library. A number when there is something to return, null when it wants more input.</summary>
    private int? Step(byte[] pending, Span<byte> buffer)
    {
        Progress progress = Decompress(pending.AsSpan(inputStart, inputEnd - inputStart), sourceEnded, buffer);
        inputStart += progress.Consumed;
        ended = progress.Ended;
        return progress.Produced > 0 || ended ? progress.Produced : null;
    }

    /// <summary>What one call took and gave; at the end of the data nothing more is asked for.</summary>
    private protected readonly record struct Progress(int Consumed, int Produced, bool Ended);
}
