namespace ImageFactory.Images.Extents;

/// <summary>A seekable stream as a source: one data range. Reads take turns, since a stream has one position. Owns the stream.</summary>
public sealed class StreamSource : IExtentSource
{
    private readonly Stream stream;
    private readonly Lock turn = new();

    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public StreamSource(Stream stream, string name)
    {
        if (!stream.CanSeek || !stream.CanRead)
            throw new ArgumentException("a stream that reads and seeks is needed", nameof(stream));
        this.stream = stream;
        Name = name;
        Length = stream.Length;
    }

    public string Name { get; }

    public long Length { get; }

    public IEnumerable<Extent> Extents(long offset, long length)
    {
        this.CheckRange(offset, length);
        return length == 0 ? [] : [new Extent(offset, length, ExtentKind.Data)];
    }

    public void Read(long offset, Span<byte> destination)
    {
        this.CheckRange(offset, destination.Length);
        lock (turn)
        {
            stream.Position = offset;
            int got = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            if (got < destination.Length)
                throw ExtentFaults.Shrunk(Name, offset + got, Length).Raise();
        }
    }

    public void Dispose() => stream.Dispose();
}
