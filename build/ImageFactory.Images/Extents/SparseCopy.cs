namespace ImageFactory.Images.Extents;

/// <summary>Copies into a sparse file without writing zeros.</summary>
public static class SparseCopy
{
    private const int ChunkSize = 1 << 20;

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
                int count = (int)Math.Min(ChunkSize - ((targetOffset + offset) % SparseWriter.BlockSize), extent.End - offset);
                source.Read(offset, buffer.AsSpan(0, count));
                written += await SparseWriter.WriteAsync(target, targetOffset + offset, buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                offset += count;
                reached?.Invoke(offset);
            }
        }

        reached?.Invoke(source.Length);
        return written;
    }
}
