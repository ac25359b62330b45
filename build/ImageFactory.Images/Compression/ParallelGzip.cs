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

    /// <summary>What the fastest level makes of bytes that do not compress is larger than they are, by less than an eighth.</summary>
    private const int MostCompressed = BlockSize + (BlockSize / 8) + 4096;

    /// <summary>Blocks that wait beyond those being compressed, so that a slow one in front leaves nobody idle.</summary>
    private const int Ahead = 3;

    private const int Samples = 4;
    private const int SampleSize = 16 << 10;
    private const int HeaderSize = 10;

    private readonly Stream target;
    private readonly CompressionLevel level;
    private readonly int threads;
    private readonly Queue<Task<Block>> running = new();
    private readonly Lazy<Block> zeros;
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
        zeros = new Lazy<Block>(() => Compress(new byte[BlockSize], level, new byte[MostCompressed]) with { Rented = null });
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

    /// <summary>Ends the block early, so that what follows is cut where it is itself aligned.</summary>
    public ValueTask EndBlockAsync(CancellationToken cancellation) => filled > 0 ? PassAsync(cancellation) : ValueTask.CompletedTask;

    /// <summary>Writes what is left and the end of the member. Without it the output is cut off, as it must be after an error.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        await EndBlockAsync(cancellation).ConfigureAwait(false);
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

        // In the order of the blocks: the pool would otherwise begin with the newest, and the writer wait for the oldest.
        running.Enqueue(Task.Factory.StartNew(() => Compress(full, count), cancellation, TaskCreationOptions.PreferFairness, TaskScheduler.Default));
        if (running.Count >= threads + Ahead)
            await DrainAsync(cancellation).ConfigureAwait(false);
    }

    private async Task DrainAsync(CancellationToken cancellation)
    {
        Block block = await running.Dequeue().ConfigureAwait(false);
        await BeginAsync(cancellation).ConfigureAwait(false);
        crc = Crc32.Combine(crc, block.Crc, block.Length);
        length += block.Length;
        await target.WriteAsync(block.Compressed, cancellation).ConfigureAwait(false);
        if (block.Rented is { } rented)
            ArrayPool<byte>.Shared.Return(rented);
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
        ReadOnlySpan<byte> block = data.AsSpan(0, count);
        Block compressed = count == BlockSize && block.IndexOfAnyExcept((byte)0) < 0
            ? zeros.Value
            : Compress(block, IsWorthIt(block) ? level : CompressionLevel.NoCompression, ArrayPool<byte>.Shared.Rent(MostCompressed));
        ArrayPool<byte>.Shared.Return(data);
        return compressed;
    }

    /// <summary>
    /// Whether pieces of a block get smaller. Ciphertext and what is compressed already (the root of most pod VMs) does not, and takes deflate longest;
    /// that is stored.
    /// </summary>
    private bool IsWorthIt(ReadOnlySpan<byte> block)
    {
        if (block.Length < BlockSize)
            return true;
        byte[] sample = ArrayPool<byte>.Shared.Rent(Samples * SampleSize);
        byte[] room = ArrayPool<byte>.Shared.Rent(MostCompressed);
        for (int i = 0; i < Samples; i++)
            block.Slice(BlockSize / Samples * i, SampleSize).CopyTo(sample.AsSpan(SampleSize * i));
        int length = Compress(sample.AsSpan(0, Samples * SampleSize), level, room).Compressed.Length;
        ArrayPool<byte>.Shared.Return(room);
        ArrayPool<byte>.Shared.Return(sample);
        return length < Samples * SampleSize / 100 * 99;
    }

    private static Block Compress(ReadOnlySpan<byte> data, CompressionLevel level, byte[] room)
    {
        using MemoryStream whole = new(room);
        int flushed;
        using (GZipStream gzip = new(whole, level, leaveOpen: true))
        {
            gzip.Write(data);
            gzip.Flush();
            flushed = (int)whole.Position;
        }

        // A member of its own, of which only the deflated bytes up to the flush are taken, and the CRC in front of the length at its end.
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(room.AsSpan((int)whole.Position - 8));
        return new Block(room.AsMemory(HeaderSize, flushed - HeaderSize), crc, data.Length, room);
    }

    /// <param name="Rented">What <paramref name="Compressed"/> lies in, to be returned; null when it stays.</param>
    private readonly record struct Block(ReadOnlyMemory<byte> Compressed, uint Crc, int Length, byte[]? Rented);
}
