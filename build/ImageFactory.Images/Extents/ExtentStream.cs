namespace ImageFactory.Images.Extents;

/// <summary>Shows a source as a stream that reads and seeks.</summary>
internal sealed class ExtentStream(IExtentSource source) : Stream
{
    private long position;
    private Extent around;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => source.Length;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, source.Length - position));
        if (count == 0)
            return 0;
        if (position < around.Offset || position >= around.End)
            around = source.Extents(position, source.Length - position).First();
        count = (int)Math.Min(count, around.End - position);
        if (around.Kind == ExtentKind.Hole)
            buffer[..count].Clear(); // the kernel would fill fresh memory with zeros first
        else
            source.Read(position, buffer[..count]);
        position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => source.Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("a source is not changed");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a source is not changed");
}
