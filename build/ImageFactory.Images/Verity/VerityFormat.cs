namespace ImageFactory.Images.Verity;

/// <summary>
/// The sizes of a dm-verity hash area as veritysetup makes it by default: hash type 1, SHA-256, data and hash blocks of 4096 bytes.
/// The superblock takes the first hash block; then come the levels, the topmost first. A hash block holds 128 digests, the last one of a
/// level is filled with zeros. Data of one block has no levels: its own digest is the root hash.
/// </summary>
internal static class VerityFormat
{
    public const int BlockSize = 4096;
    public const int DigestSize = 32;
    public const int DigestsPerBlock = BlockSize / DigestSize;

    /// <summary>Hash blocks of each level, from the level above the data to the topmost, which has one block.</summary>
    public static IReadOnlyList<long> LevelBlocks(long dataBlocks)
    {
        List<long> levels = [];
        for (long blocks = dataBlocks; blocks > 1;)
        {
            blocks = ((blocks - 1) / DigestsPerBlock) + 1;
            levels.Add(blocks);
        }

        return levels;
    }

    /// <summary>Byte offsets of the levels from the start of the hash area, in the order of <see cref="LevelBlocks"/>.</summary>
    public static long[] LevelOffsets(IReadOnlyList<long> levelBlocks)
    {
        long[] offsets = new long[levelBlocks.Count];
        long next = BlockSize;
        for (int level = levelBlocks.Count - 1; level >= 0; level--)
        {
            offsets[level] = next;
            next += levelBlocks[level] * BlockSize;
        }

        return offsets;
    }
}
