using ImageFactory.Images.Extents;

namespace ImageFactory.Publishing.Azure;

/// <summary>Knows, of pieces that are begun in order and end in any, up to where all have ended. Told in strides, since telling is a write to the disk.</summary>
internal sealed class Watermark(long from, long stride, Action<long> reached)
{
    private readonly SortedSet<long> open = [];
    private readonly Lock gate = new();
    private long told = from;
    private long begun = from;

    /// <summary>The same pieces, each noted when it is taken.</summary>
    public IEnumerable<Extent> Begun(IEnumerable<Extent> pieces)
    {
        foreach (Extent piece in pieces)
        {
            lock (gate)
            {
                open.Add(piece.Offset);
                begun = piece.End;
            }

            yield return piece;
        }
    }

    public void Ended(Extent piece)
    {
        lock (gate)
        {
            open.Remove(piece.Offset);
            long mark = open.Count > 0 ? open.Min : begun;
            if (mark - told < stride)
                return;
            told = mark;
            reached(mark);
        }
    }
}
