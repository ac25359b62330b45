namespace ImageFactory.Publishing.Tests.Azure;

/// <summary>The pages behind a disk.</summary>
internal interface IPageStore
{
    /// <summary>An address that takes Put Page.</summary>
    Task<Uri> CreateAsync(string name, long size);

    /// <summary>All bytes.</summary>
    Task<byte[]> ReadAsync(string name);

    /// <summary>The last bytes of that many.</summary>
    Task<byte[]> ReadEndAsync(string name, long size, int count);
}

/// <summary>A page blob in memory, as sparse as it was written.</summary>
internal sealed class PageBlob(long size)
{
    private const int Chunk = 1 << 20;

    private readonly Dictionary<long, byte[]> chunks = [];

    public long Size => size;

    public long Written { get; private set; }

    public void Write(long offset, ReadOnlySpan<byte> content)
    {
        Written += content.Length;
        while (content.Length > 0)
        {
            int within = (int)(offset % Chunk);
            int count = Math.Min(content.Length, Chunk - within);
            if (!chunks.TryGetValue(offset / Chunk, out byte[]? chunk))
                chunks[offset / Chunk] = chunk = new byte[Chunk];
            content[..count].CopyTo(chunk.AsSpan(within));
            content = content[count..];
            offset += count;
        }
    }

    public byte[] ToArray()
    {
        byte[] all = new byte[size];
        foreach ((long index, byte[] chunk) in chunks)
            chunk.AsSpan(0, (int)Math.Min(Chunk, size - (index * Chunk))).CopyTo(all.AsSpan((int)(index * Chunk)));
        return all;
    }
}
