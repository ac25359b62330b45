using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Disk;

/// <summary>Reads a file out of an ext4 volume. Holes are zeros.</summary>
internal sealed class Ext4FileStream(Stream volume, Ext4File file) : Stream
{
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Size;

    public override long Position
    {
        get => position;
        set => position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Clamp(file.Size - position, 0, buffer.Length);
        if (wanted == 0)
            return 0;
        (long place, long run) = Locate(position);
        int count = (int)Math.Min(wanted, run);
        if (place < 0)
            buffer[..count].Clear();
        else
            count = volume.ReadAt(place, buffer[..count]);
        position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => file.Size + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <returns>Byte offset on the volume, or -1 in a hole; and how many bytes follow in the same way.</returns>
    private (long Place, long Run) Locate(long offset)
    {
        long block = offset / file.BlockSize;
        int low = 0;
        int high = file.Extents.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            Ext4Extent extent = file.Extents[middle];
            if (block >= extent.LogicalBlock + extent.Count)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == file.Extents.Count)
            return (-1, file.Size - offset);
        Ext4Extent found = file.Extents[low];
        if (block < found.LogicalBlock)
            return (-1, (found.LogicalBlock * file.BlockSize) - offset);
        long inside = offset - (found.LogicalBlock * file.BlockSize);
        return ((found.PhysicalBlock * file.BlockSize) + inside, (found.Count * file.BlockSize) - inside);
    }
}
