using System.Buffers.Binary;
using System.Text;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// What a container without a terminal says: frames of one byte for the stream (1 output, 2 errors), three zero bytes, a length of four bytes
/// (big-endian) and so many bytes of text. Lines are cut off where they would fill the memory.
/// </summary>
internal static class ContainerOutput
{
    private const int HeaderLength = 8;
    private const int LongestLine = 4096;

    /// <exception cref="InvalidDataException">It is no such frame.</exception>
    /// <exception cref="EndOfStreamException">It ends inside a frame.</exception>
    public static async Task ReadAsync(Stream source, Action<string> line, CancellationToken cancellation)
    {
        Lines output = new(line);
        Lines errors = new(line);
        byte[] header = new byte[HeaderLength];
        byte[] buffer = new byte[16 << 10];
        while (true)
        {
            int read = await source.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (read == 0)
                break;
            if (read < HeaderLength)
                throw new EndOfStreamException("the output ends inside the header of a frame");
            if (header[0] > 2 || header[1] != 0 || header[2] != 0 || header[3] != 0)
                throw new InvalidDataException("a frame of the output begins with other bytes than a frame does");
            uint left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            while (left > 0)
            {
                int part = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, (uint)buffer.Length)), cancellation).ConfigureAwait(false);
                if (part == 0)
                    throw new EndOfStreamException("the output ends inside a frame");
                (header[0] == 2 ? errors : output).Add(buffer.AsSpan(0, part));
                left -= (uint)part;
            }
        }

        output.End();
        errors.End();
    }

    private sealed class Lines(Action<string> line)
    {
        private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
        private readonly StringBuilder text = new();

        public void Add(ReadOnlySpan<byte> bytes)
        {
            Span<char> characters = new char[bytes.Length + 1];
            int count = decoder.GetChars(bytes, characters, flush: false);
            foreach (char c in characters[..count])
            {
                if (c is '\n' or '\r')
                    End();
                else if (text.Length < LongestLine)
                    text.Append(c);
            }
        }

        public void End()
        {
            if (text.Length > 0)
                line(text.ToString());
            text.Clear();
        }
    }
}
