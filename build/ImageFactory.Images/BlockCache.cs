namespace ImageFactory.Images;

/// <summary>Keeps the last few blocks that were read or decompressed, the oldest making room. Safe for several threads.</summary>
internal sealed class BlockCache(int capacity)
{
    private readonly Dictionary<long, byte[]> blocks = [];
    private readonly Queue<long> order = new();
    private readonly Lock guard = new();

    /// <summary>The block of this key; <paramref name="load"/> may run twice when two threads ask at once, which costs only time.</summary>
    public byte[] GetOrLoad(long key, Func<long, byte[]> load)
    {
        lock (guard)
        {
            if (blocks.TryGetValue(key, out byte[]? found))
                return found;
        }

        byte[] block = load(key);
        lock (guard)
        {
            if (!blocks.TryAdd(key, block))
                return blocks[key];
            order.Enqueue(key);
            if (order.Count > capacity)
                blocks.Remove(order.Dequeue());
        }

        return block;
    }
}
