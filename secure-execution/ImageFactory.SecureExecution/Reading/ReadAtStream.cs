namespace ImageFactory.SecureExecution.Reading;

/// <summary>Reads at any place of a seekable stream: a file, a disk, the virtual bytes of a qcow2.</summary>
internal static class ReadAtStream
{
    /// <summary>Fills the target as far as the stream has bytes there; 0 behind its end.</summary>
    public static int ReadAt(this Stream stream, long offset, Span<byte> target)
    {
        if (offset < 0 || offset >= stream.Length)
            return 0;
        stream.Position = offset;
        return stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
    }

    /// <summary>Exactly so many bytes, or null when the stream does not have them.</summary>
    public static byte[]? TryReadAt(this Stream stream, long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > stream.Length - length)
            return null;
        byte[] bytes = new byte[length];
        return stream.ReadAt(offset, bytes) == length ? bytes : null;
    }
}
