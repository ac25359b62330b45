using System.Buffers;
using System.Text;

namespace ImageFactory.Pipeline.Programs;

/// <summary>Standard output kept in memory, up to a bound; the rest is read and dropped so that the program can end.</summary>
internal sealed class CapturedOutput
{
    internal const int Limit = 16 << 20;
    private readonly ArrayBufferWriter<byte> kept = new();

    internal bool Overflowed { get; private set; }

    internal string Text => Encoding.UTF8.GetString(kept.WrittenSpan);

    internal async Task ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
        {
            int room = (int)Math.Min(read, Limit - kept.WrittenCount);
            kept.Write(buffer.AsSpan(0, room));
            Overflowed |= room < read;
        }
    }
}
