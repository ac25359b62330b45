using System.Buffers;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline;

/// <summary>Copies a file with its holes: a raw disk takes no more space at its destination than where it lies.</summary>
public static class FileCopy
{
    private const int BufferSize = 1 << 20;

    public static void Copy(string source, string destination, CancellationToken cancellation)
    {
        if (FileStatus.Of(source) is { } status && status.Allocated >= status.Size)
        {
            // The kernel copies, or shares the blocks where the file system can.
            File.Copy(source, destination);
            return;
        }

        using SafeFileHandle from = File.OpenHandle(source);
        using SafeFileHandle to = File.OpenHandle(destination, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        long length = RandomAccess.GetLength(from);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long position = 0;
            while (position < length && SparseSeek.NextData(from, position) is { } data)
            {
                long end = SparseSeek.NextHole(from, data) ?? length;
                for (position = data; position < end;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int read = RandomAccess.Read(from, buffer.AsSpan(0, (int)Math.Min(BufferSize, end - position)), position);
                    if (read == 0)
                        throw new EndOfStreamException($"{source} became shorter while it was copied");
                    RandomAccess.Write(to, buffer.AsSpan(0, read), position);
                    position += read;
                }
            }

            RandomAccess.SetLength(to, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
