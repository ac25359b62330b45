using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Hashing;

/// <summary>
/// Hashes one list of pieces with one algorithm. Pieces of the shared source are fed while it is read from start to end;
/// everything else the job reads for itself as soon as it is its turn.
/// </summary>
internal sealed class HashJob : IDisposable
{
    private const int BufferSize = 256 << 10;

    private static readonly byte[] ZeroBlock = new byte[BufferSize];

    private readonly IncrementalHash hash;
    private readonly IReadOnlyList<Piece> pieces;
    private readonly IExtentSource shared;
    private readonly bool followsShared;
    private int index;
    private long done;

    /// <param name="shared">The source that <see cref="Feed"/> brings in order.</param>
    public HashJob(Bank bank, IReadOnlyList<Piece> pieces, IExtentSource shared)
    {
        this.pieces = pieces;
        this.shared = shared;
        hash = IncrementalHash.CreateHash(bank.Algorithm());

        // Ranges that go back (only hostile files have them) cannot be fed in one pass.
        long end = 0;
        followsShared = true;
        foreach (Piece piece in pieces.Where(p => ReferenceEquals(p.Source, shared)))
        {
            followsShared &= piece.Offset >= end;
            end = piece.Offset + piece.Length;
        }
    }

    /// <summary>Takes what it needs of a part of the shared source; parts come in order and without gaps.</summary>
    public void Feed(long offset, ReadOnlySpan<byte> part)
    {
        AppendOwn();
        while (index < pieces.Count)
        {
            Piece piece = pieces[index];
            long from = piece.Offset + done;
            if (from >= offset + part.Length)
                return;
            int count = (int)Math.Min(piece.Length - done, offset + part.Length - from);
            hash.AppendData(part.Slice((int)(from - offset), count));
            done += count;
            if (done < piece.Length)
                return;
            index++;
            done = 0;
            AppendOwn();
        }
    }

    /// <summary>The digest, once all of the shared source that any piece needs was fed.</summary>
    public string Finish()
    {
        AppendOwn();
        return index == pieces.Count
            ? Convert.ToHexStringLower(hash.GetHashAndReset())
            : throw new InvalidOperationException($"the shared source ended before piece {index} of {pieces.Count}");
    }

    public void Dispose() => hash.Dispose();

    /// <summary>Goes on to the next piece of the shared source.</summary>
    private void AppendOwn()
    {
        while (index < pieces.Count && !(followsShared && ReferenceEquals(pieces[index].Source, shared)))
            Append(pieces[index++]);
    }

    private void Append(Piece piece)
    {
        if (piece.Literal is { } literal)
        {
            hash.AppendData(literal.Span);
            return;
        }

        byte[] buffer = piece.Source is null ? ZeroBlock : new byte[(int)Math.Min(BufferSize, piece.Length)];
        for (long at = 0; at < piece.Length;)
        {
            int count = (int)Math.Min(buffer.Length, piece.Length - at);
            piece.Source?.Read(piece.Offset + at, buffer.AsSpan(0, count));
            hash.AppendData(buffer.AsSpan(0, count));
            at += count;
        }
    }
}
