namespace ImageFactory.Images.Extents;

/// <summary>Copies into a sparse file without writing zeros.</summary>
public static class SparseCopy
{
    private const int ChunkSize = 1 << 20;

    /// <summary>File systems allocate in blocks of this size; finer holes save nothing.</summary>
    private const int BlockSize = 4096;

    /// <summary>
    /// Copies the whole source to <paramref name="targetOffset"/> of the target. Holes and blocks of zeros are left out, so the
    /// target must read as zeros there, as a new file does. Its length grows when it is too short.
    /// </summary>
    /// <returns>How many bytes were written.</returns>
    public static Task<long> CopyAsync(IExtentSource source, Stream target, long targetOffset, CancellationToken cancellation) =>
        CopyAsync(source, target, targetOffset, null, cancellation);

    /// <inheritdoc cref="CopyAsync(IExtentSource, Stream, long, CancellationToken)"/>
    /// <param name="source">What is copied.</param>
    /// <param name="target">Can seek.</param>
    /// <param name="targetOffset">Where the source's first byte goes.</param>
    /// <param name="reached">Is told now and then, and at the end, up to where the source is copied.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task<long> CopyAsync(IExtentSource source, Stream target, long targetOffset, Action<long>? reached, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targetOffset);
        if (target.Length < targetOffset + source.Length)
            target.SetLength(targetOffset + source.Length);

        byte[] buffer = new byte[ChunkSize];
        long written = 0;
        foreach (Extent extent in source.Extents().Where(extent => extent.Kind == ExtentKind.Data))
        {
            for (long offset = extent.Offset; offset < extent.End;)
            {
                // Chunks end where a block of the target ends, so that a block of zeros is seen as one.
                int count = (int)Math.Min(ChunkSize - ((targetOffset + offset) % BlockSize), extent.End - offset);
                source.Read(offset, buffer.AsSpan(0, count));
                written += await WriteDataAsync(target, targetOffset + offset, buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                offset += count;
                reached?.Invoke(offset);
            }
        }

        reached?.Invoke(source.Length);
        return written;
    }

    private static async Task<long> WriteDataAsync(Stream target, long position, ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        long written = 0;
        for (int start = 0; start < chunk.Length;)
        {
            (int dataStart, int dataEnd) = NextData(chunk.Span, start, (int)(position % BlockSize));
            if (dataStart == chunk.Length)
                break;
            target.Position = position + dataStart;
            await target.WriteAsync(chunk[dataStart..dataEnd], cancellation).ConfigureAwait(false);
            written += dataEnd - dataStart;
            start = dataEnd;
        }

        return written;
    }

    /// <summary>The next run of blocks that hold anything but zeros; <paramref name="skew"/> is where in a block the chunk begins.</summary>
    private static (int Start, int End) NextData(ReadOnlySpan<byte> chunk, int start, int skew)
    {
        int dataStart = start;
        while (dataStart < chunk.Length && IsZero(chunk[dataStart..BlockEnd(dataStart, skew, chunk.Length)]))
            dataStart = BlockEnd(dataStart, skew, chunk.Length);
        int dataEnd = dataStart;
        while (dataEnd < chunk.Length && !IsZero(chunk[dataEnd..BlockEnd(dataEnd, skew, chunk.Length)]))
            dataEnd = BlockEnd(dataEnd, skew, chunk.Length);
        return (dataStart, dataEnd);
    }

    private static int BlockEnd(int position, int skew, int limit) => Math.Min(limit, ((position + skew) / BlockSize * BlockSize) + BlockSize - skew);

    private static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);
}
