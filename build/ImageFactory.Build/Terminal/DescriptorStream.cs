using System.Runtime.InteropServices;

namespace ImageFactory.Build.Terminal;

/// <summary>
/// Writes to a file descriptor and does nothing else. The streams of <see cref="Console"/> send escape sequences of their own to a terminal
/// (keypad mode), also when nobody wants any; a <see cref="FileStream"/> keeps its own offset, which is wrong when two descriptors share a file.
/// </summary>
internal sealed class DescriptorStream(int descriptor) : Stream
{
    private const int Interrupted = 4;
    private const int Again = 11;
    private const int BrokenPipe = 32;

    private bool readerIsGone;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty && !readerIsGone)
        {
            nint written = WriteSome(descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case Again:
                    // Somebody made the pipe non-blocking and it is full.
                    Thread.Sleep(5);
                    break;
                case BrokenPipe:
                    // `| head` has seen enough: no failure.
                    readerIsGone = true;
                    break;
                case int error:
                    throw new IOException($"standard output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint WriteSome(int descriptor, ref byte buffer, nint count);
}
