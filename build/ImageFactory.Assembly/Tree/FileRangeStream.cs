using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Assembly.Tree;

/// <summary>Reads a range of a file, and says so when the file has become shorter than it was.</summary>
internal sealed class FileRangeStream(FileContent range) : Stream
{
    private readonly SafeFileHandle handle = File.OpenHandle(range.Path);
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => range.Length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, range.Length - position);
        if (wanted == 0)
            return 0;
        int read = RandomAccess.Read(handle, buffer[..wanted], range.Offset + position);
        if (read == 0)
            throw new EndOfStreamException($"{range.Path} ends at byte {range.Offset + position}, {range.Length - position} bytes too early");
        position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
        base.Dispose(disposing);
    }
}
