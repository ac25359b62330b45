namespace ImageFactory.Images.Verity;

/// <summary>
/// The levels above the lowest, filled digest by digest: each keeps one block only, and hands its digest up when it is full.
/// </summary>
internal sealed class VerityLevels
{
    private readonly VerityHasher hasher;
    private readonly Func<int, long, ReadOnlyMemory<byte>, ValueTask> write;
    private readonly byte[][] blocks;
    private readonly int[] filled;
    private readonly long[] written;

    /// <param name="levels">The number of levels, the lowest included.</param>
    /// <param name="write">Stores a hash block: its level (1 and up), its number in the level, its bytes.</param>
    public VerityLevels(VerityHasher hasher, int levels, Func<int, long, ReadOnlyMemory<byte>, ValueTask> write)
    {
        this.hasher = hasher;
        this.write = write;
        blocks = [.. Enumerable.Range(0, levels).Select(_ => new byte[VerityFormat.BlockSize])];
        filled = new int[levels];
        written = new long[levels];
    }

    public byte[] RootHash { get; private set; } = [];

    /// <summary>Takes the digest of the next block of the level below <paramref name="level"/>.</summary>
    public async ValueTask AddAsync(int level, ReadOnlyMemory<byte> digest)
    {
        if (level == blocks.Length)
        {
            RootHash = digest.ToArray();
            return;
        }

        digest.CopyTo(blocks[level].AsMemory(filled[level]));
        filled[level] += VerityFormat.DigestSize;
        if (filled[level] == VerityFormat.BlockSize)
            await CloseBlockAsync(level).ConfigureAwait(false);
    }

    /// <summary>Closes the blocks that are not full, from the lowest level up.</summary>
    public async ValueTask FinishAsync()
    {
        for (int level = 1; level < blocks.Length; level++)
        {
            if (filled[level] > 0)
                await CloseBlockAsync(level).ConfigureAwait(false);
        }
    }

    private async ValueTask CloseBlockAsync(int level)
    {
        await write(level, written[level]++, blocks[level]).ConfigureAwait(false);
        byte[] digest = hasher.HashBlock(blocks[level]);
        blocks[level].AsSpan().Clear();
        filled[level] = 0;
        await AddAsync(level + 1, digest).ConfigureAwait(false);
    }
}
