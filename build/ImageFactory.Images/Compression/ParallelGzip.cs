using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageFactory.Images.Compression;

/// <summary>
/// Writes one gzip member (RFC 1952) with all processors: blocks are compressed apart, each ends on a byte (a flush of deflate), and follow each
/// other in one deflate stream. The same bytes give the same archive whatever the number of threads.
/// </summary>
public sealed class ParallelGzip : IAsyncDisposable
{
    /// <summary>Larger than deflate's window of 32 KiB by so much that starting anew costs under 1 %.</summary>
    private const int BlockSize = 1 << 20;

    private readonly Stream target;
    private readonly CompressionLevel level;
    private readonly int threads;
    private readonly Queue<Task<Block>> running = new();
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
    private int filled;
    private uint crc;
    private long length;
    private bool begun;

    /// <param name="target">Stays open.</param>
    /// <param name="level">How hard to try.</param>
    /// <param name="threads">Blocks at once; each takes about 3 MiB.</param>
    public ParallelGzip(Stream target, CompressionLevel level, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        this.target = target;
        this.level = level;
        this.threads = threads;
    }

    /// <summary>Hands out room that is next to be filled; at most <paramref name="wanted"/> bytes, at least one.</summary>
    public Memory<byte> Room(int wanted) => buffer.AsMemory(filled, Math.Min(wanted, BlockSize - filled));

    /// <summary>Takes what was filled of the room.</summary>
    public async ValueTask AdvanceAsync(int count, CancellationToken cancellation)
    {
        filled += count;
        if (filled == BlockSize)
            await PassAsync(cancellation).ConfigureAwait(false);
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        while (data.Length > 0)
        {
            Memory<byte> room = Room(data.Length);
            data[..room.Length].CopyTo(room);
            await AdvanceAsync(room.Length, cancellation).ConfigureAwait(false);
            data = data[room.Length..];
        }
    }

    /// <summary>Writes what is left and the end of the member. Without it the output is cut off, as it must be after an error.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        if (filled > 0)
            await PassAsync(cancellation).ConfigureAwait(false);
        while (running.Count > 0)
            await DrainAsync(cancellation).ConfigureAwait(false);
        await BeginAsync(cancellation).ConfigureAwait(false);

        // An empty last block of deflate, then CRC and length, little-endian.
        byte[] end = [0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(2), crc);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(6), (uint)length);
        await target.WriteAsync(end, cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        while (running.TryDequeue(out Task<Block>? block))
            await ((Task)block).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async ValueTask PassAsync(CancellationToken cancellation)
    {
        byte[] full = buffer;
        int count = filled;
        buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        filled = 0;
        running.Enqueue(Task.Run(() => Compress(full, count), cancellation));
        if (running.Count > threads)
            await DrainAsync(cancellation).ConfigureAwait(false);
    }

    private async Task DrainAsync(CancellationToken cancellation)
    {
        Block block = await running.Dequeue().ConfigureAwait(false);
        await BeginAsync(cancellation).ConfigureAwait(false);
        crc = Crc32.Combine(crc, block.Crc, block.Length);
        length += block.Length;
        await target.WriteAsync(block.Compressed, cancellation).ConfigureAwait(false);
    }

    /// <summary>Magic, deflate, no flags, no time, no extra flags, Unix.</summary>
    private async ValueTask BeginAsync(CancellationToken cancellation)
    {
        if (begun)
            return;
        begun = true;
        await target.WriteAsync((byte[])[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], cancellation).ConfigureAwait(false);
    }

    private Block Compress(byte[] data, int count)
    {
        uint ownCrc = Crc32.Of(data.AsSpan(0, count));
        using MemoryStream compressed = new(count / 2);
        long flushed;
        using (DeflateStream deflate = new(compressed, level, leaveOpen: true))
        {
            deflate.Write(data, 0, count);
            deflate.Flush();
            flushed = compressed.Length;
        }

        // What disposing added is the end of a stream, which comes only once.
        ArrayPool<byte>.Shared.Return(data);
        return new Block(compressed.GetBuffer().AsMemory(0, (int)flushed), ownCrc, count);
    }

    private readonly record struct Block(ReadOnlyMemory<byte> Compressed, uint Crc, int Length);
}
