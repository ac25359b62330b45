namespace ImageFactory.Images.Extents;

/// <summary>Writes what comes one piece after the other into a sparse file, and leaves out blocks of zeros.</summary>
/// <param name="target">Can seek, and reads as zeros where nothing was written, as a new file does.</param>
public sealed class SparseWriter(Stream target)
{
    private const int PieceSize = 1 << 20;

    /// <summary>File systems allocate in blocks of this size; finer holes save nothing.</summary>
    internal const int BlockSize = 4096;

    /// <summary>Where the next piece goes: all that came, zeros among it.</summary>
    public long Position { get; private set; }

    /// <summary>All of a stream, from where it is. The target ends where it ends.</summary>
    public static async Task CopyAsync(Stream source, Stream target, CancellationToken cancellation)
    {
        SparseWriter writer = new(target);
        byte[] piece = new byte[PieceSize];
        for (int read; (read = await source.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false)) > 0;)
            await writer.WriteAsync(piece.AsMemory(0, read), cancellation).ConfigureAwait(false);
        writer.Finish();
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        await WriteAsync(target, Position, piece, cancellation).ConfigureAwait(false);
        Position += piece.Length;
    }

    /// <summary>Ends the target where the last piece ended, also when that is in a hole.</summary>
    public void Finish() => target.SetLength(Position);

    /// <returns>How many bytes were written.</returns>
    internal static async ValueTask<long> WriteAsync(Stream target, long position, ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        long written = 0;
        for (int start = 0; start < piece.Length;)
        {
            (int dataStart, int dataEnd) = NextData(piece.Span, start, (int)(position % BlockSize));
            if (dataStart == piece.Length)
                break;
            target.Position = position + dataStart;
            await target.WriteAsync(piece[dataStart..dataEnd], cancellation).ConfigureAwait(false);
            written += dataEnd - dataStart;
            start = dataEnd;
        }

        return written;
    }

    /// <summary>The next run of blocks that hold anything but zeros; <paramref name="skew"/> is where in a block the piece begins.</summary>
    private static (int Start, int End) NextData(ReadOnlySpan<byte> piece, int start, int skew)
    {
        int dataStart = start;
        while (dataStart < piece.Length && IsZero(piece[dataStart..BlockEnd(dataStart, skew, piece.Length)]))
            dataStart = BlockEnd(dataStart, skew, piece.Length);
        int dataEnd = dataStart;
        while (dataEnd < piece.Length && !IsZero(piece[dataEnd..BlockEnd(dataEnd, skew, piece.Length)]))
            dataEnd = BlockEnd(dataEnd, skew, piece.Length);
        return (dataStart, dataEnd);
    }

    private static int BlockEnd(int position, int skew, int limit) => Math.Min(limit, ((position + skew) / BlockSize * BlockSize) + BlockSize - skew);

    private static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);
}
