using System.Globalization;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Comparison;

/// <summary>Where the bytes of two sources differ.</summary>
/// <param name="First">Offset of the first byte that differs.</param>
/// <param name="End">Offset behind the last one.</param>
/// <param name="Count">How many differ, those included that only the longer source has.</param>
internal sealed record ByteDifference(long First, long End, long Count)
{
    private const int PieceSize = 1 << 20;

    /// <returns>Null when they are the same.</returns>
    public static ByteDifference? Of(IExtentSource one, IExtentSource other, CancellationToken cancellation)
    {
        byte[] ours = new byte[PieceSize];
        byte[] theirs = new byte[PieceSize];
        long common = Math.Min(one.Length, other.Length);
        (long first, long end, long count) = (-1L, 0L, 0L);
        for (long offset = 0; offset < common; offset += PieceSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int size = (int)Math.Min(PieceSize, common - offset);
            one.Read(offset, ours.AsSpan(0, size));
            other.Read(offset, theirs.AsSpan(0, size));
            for (int i = ours.AsSpan(0, size).CommonPrefixLength(theirs.AsSpan(0, size)); i < size; i++)
            {
                if (ours[i] == theirs[i])
                    continue;
                first = first < 0 ? offset + i : first;
                end = offset + i + 1;
                count++;
            }
        }

        if (one.Length != other.Length)
        {
            first = first < 0 ? common : first;
            end = Math.Max(one.Length, other.Length);
            count += end - common;
        }

        return count == 0 ? null : new ByteDifference(first, end, count);
    }

    public override string ToString() => Count == 1
        ? string.Create(CultureInfo.InvariantCulture, $"one byte differs, at {First}")
        : string.Create(CultureInfo.InvariantCulture, $"{Count} bytes differ, between {First} and {End - 1}");
}
