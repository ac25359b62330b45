using System.Numerics;
using System.Runtime.InteropServices;

namespace ImageFactory.Publishing.Gcp;

/// <summary>
/// The archive as an upload reads it: counted and summed up as it passes. When its length is known it can seek: the archive is then made anew and
/// read up to there, which costs computing and no memory.
/// </summary>
/// <param name="open">Makes the archive; the same bytes each time.</param>
/// <param name="length">Its length in bytes, or null when that is not known yet.</param>
internal sealed class ArchiveStream(Func<Stream> open, long? length) : Stream
{
    private Stream? inner;
    private long position;
    private uint crc = uint.MaxValue;

    /// <summary>Bytes that were handed out, those of a second reading of a range again.</summary>
    public long Served { get; private set; }

    /// <summary>CRC-32C of what was handed out; of the archive when it was read once from its start.</summary>
    public uint Crc32C => ~crc;

    public override bool CanRead => true;

    public override bool CanSeek => length is not null;

    public override bool CanWrite => false;

    public override long Length => length ?? throw new NotSupportedException("how long it gets is not known");

    public override long Position
    {
        get => position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(byte[] buffer, int offset, int count) => Passed(Inner().Read(buffer, offset, count), buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Passed(await Inner().ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Span);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        long wanted = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => position + offset,
            _ => Length + offset,
        };
        if (!CanSeek)
            throw new NotSupportedException("it is only read from front to back");
        if (wanted < position)
        {
            inner?.Dispose();
            inner = null;
            position = 0;
        }

        byte[] passed = new byte[64 << 10];
        while (position < wanted)
        {
            int count = Inner().Read(passed, 0, (int)Math.Min(passed.Length, wanted - position));
            if (count == 0)
                throw new EndOfStreamException("the archive is shorter than it was");
            position += count;
        }

        return position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("it is only read");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("it is only read");

    public override async ValueTask DisposeAsync()
    {
        if (inner is not null)
            await inner.DisposeAsync().ConfigureAwait(false);
        inner = null;
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner?.Dispose();
        base.Dispose(disposing);
    }

    private Stream Inner() => inner ??= open();

    private int Passed(int count, Span<byte> buffer)
    {
        ReadOnlySpan<byte> data = buffer[..count];
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        uint sum = crc;
        foreach (ulong word in words)
            sum = BitOperations.Crc32C(sum, word);
        foreach (byte one in data[(words.Length * sizeof(ulong))..])
            sum = BitOperations.Crc32C(sum, one);
        crc = sum;
        Served += count;
        position += count;
        return count;
    }
}
