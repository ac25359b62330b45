using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Verity;

/// <summary>
/// Makes the dm-verity hash area of a file system, byte for byte as <c>veritysetup format</c> does with the same salt and UUID.
/// All cores hash; memory stays the same for any size, since a level is written as it grows and never read back.
/// </summary>
public static class VerityTree
{
    /// <summary>Data blocks of one piece of work: 1 MiB, a whole number of hash blocks.</summary>
    private const int ChunkBlocks = 256;

    /// <summary>How many pieces may be under way or waiting for their turn. The thread pool runs as many at once as there are cores.</summary>
    private const int Window = 32;

    /// <summary>How many bytes the hash area of this much data takes, superblock included.</summary>
    public static long HashAreaSize(long dataSize) =>
        (1 + VerityFormat.LevelBlocks(dataSize / VerityFormat.BlockSize).Sum()) * VerityFormat.BlockSize;

    /// <summary>Writes the hash area to <paramref name="hashOffset"/> of the target and returns the root hash.</summary>
    /// <exception cref="FactoryException">IFI401: the data is not a whole number of blocks. IFI405: the salt is too long.</exception>
    public static async Task<Sha256> WriteAsync(
        IExtentSource data, Stream target, long hashOffset, byte[] salt, Guid uuid, CancellationToken cancellation)
    {
        if (data.Length == 0 || data.Length % VerityFormat.BlockSize != 0)
            throw VerityFaults.BadDataSize(data.Name, data.Length).Raise();
        if (salt.Length > VeritySuperblock.MaximumSalt)
            throw VerityFaults.SaltTooLong(salt.Length).Raise();

        long dataBlocks = data.Length / VerityFormat.BlockSize;
        long areaEnd = hashOffset + HashAreaSize(data.Length);
        if (target.Length < areaEnd)
            target.SetLength(areaEnd);
        long[] offsets = VerityFormat.LevelOffsets(VerityFormat.LevelBlocks(dataBlocks));

        byte[] superblock = new byte[VerityFormat.BlockSize];
        new VeritySuperblock(uuid, salt, dataBlocks).ToBytes().CopyTo(superblock, 0);
        await WriteAtAsync(hashOffset, superblock).ConfigureAwait(false);

        return await ComputeAsync(
            data,
            dataBlocks,
            salt,
            (level, block, bytes) => WriteAtAsync(hashOffset + offsets[level] + (block * VerityFormat.BlockSize), bytes),
            cancellation).ConfigureAwait(false);

        async ValueTask WriteAtAsync(long position, ReadOnlyMemory<byte> bytes)
        {
            target.Position = position;
            await target.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Computes the root hash over the first <paramref name="dataBlocks"/> blocks and hands every hash block to <paramref name="write"/>.</summary>
    internal static async Task<Sha256> ComputeAsync(
        IExtentSource data, long dataBlocks, byte[] salt, Func<int, long, ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation)
    {
        VerityHasher hasher = new(salt);
        if (dataBlocks == 1)
            return new Sha256(hasher.HashBlock(data.ReadBytes(0, VerityFormat.BlockSize)));

        VerityLevels levels = new(hasher, VerityFormat.LevelBlocks(dataBlocks).Count, write);
        Queue<Task<VerityChunk>> underWay = new(Window);
        long started = 0;
        long lowestWritten = 0;
        try
        {
            while (started < dataBlocks || underWay.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                while (started < dataBlocks && underWay.Count < Window)
                {
                    long first = started;
                    int count = (int)Math.Min(ChunkBlocks, dataBlocks - first);
                    underWay.Enqueue(Task.Run(() => hasher.HashData(data, first, count), cancellation));
                    started += count;
                }

                VerityChunk chunk = await underWay.Dequeue().ConfigureAwait(false);
                await write(0, lowestWritten, chunk.HashBlocks).ConfigureAwait(false);
                lowestWritten += chunk.HashBlocks.Length / VerityFormat.BlockSize;
                for (int offset = 0; offset < chunk.Digests.Length; offset += VerityFormat.DigestSize)
                    await levels.AddAsync(1, chunk.Digests.AsMemory(offset, VerityFormat.DigestSize)).ConfigureAwait(false);
            }
        }
        finally
        {
            // Nobody may still read the source when the caller closes it.
            await ((Task)Task.WhenAll(underWay)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await levels.FinishAsync().ConfigureAwait(false);
        return new Sha256(levels.RootHash);
    }
}
