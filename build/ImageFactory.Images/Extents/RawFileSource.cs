using ImageFactory.Model;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Images.Extents;

/// <summary>A plain file; its holes are those of the file system.</summary>
public sealed class RawFileSource : IExtentSource
{
    private readonly SafeFileHandle file;
    private readonly Lock asking = new();
    private Extent last;

    private RawFileSource(SafeFileHandle file, string name)
    {
        this.file = file;
        Name = name;
        Length = RandomAccess.GetLength(file);
    }

    public string Name { get; }

    public long Length { get; }

    /// <exception cref="FactoryException">IFI101: the file is missing or cannot be opened.</exception>
    public static RawFileSource Open(string path)
    {
        try
        {
            return new RawFileSource(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw ExtentFaults.CannotOpen(path, cause.Message).Raise(cause);
        }
    }

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return Walk(offset, offset + length);
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        while (destination.Length > 0)
        {
            int got;
            try
            {
                got = RandomAccess.Read(file, destination, offset);
            }
            catch (IOException cause)
            {
                throw ExtentFaults.CannotRead(Name, offset, cause.Message).Raise(cause);
            }

            if (got == 0)
                throw ExtentFaults.Shrunk(Name, offset, Length).Raise();
            offset += got;
            destination = destination[got..];
        }
    }

    public void Dispose() => file.Dispose();

    private IEnumerable<Extent> Walk(long position, long end)
    {
        while (position < end)
        {
            Extent found = RangeAt(position);
            long stop = Math.Min(found.End, end);
            yield return new Extent(position, stop - position, found.Kind);
            position = stop;
        }
    }

    /// <summary>
    /// The range around a position. The last answer is kept: tmpfs looks at every page up to the next hole, so that asking for each
    /// MiB of a large file anew takes longer than hashing it.
    /// </summary>
    private Extent RangeAt(long position)
    {
        lock (asking)
        {
            if (position >= last.Offset && position < last.End)
                return last;
            long data = Math.Min(SparseSeek.NextData(file, position) ?? Length, Length);
            if (data > position)
                return last = new Extent(position, data - position, ExtentKind.Hole);
            // A file that is written meanwhile could answer with the position itself; the walk always moves on.
            long hole = Math.Clamp(SparseSeek.NextHole(file, position) ?? Length, position + 1, Length);
            return last = new Extent(position, hole - position, ExtentKind.Data);
        }
    }
}
