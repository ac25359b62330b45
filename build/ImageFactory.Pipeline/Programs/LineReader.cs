using System.Text;

namespace ImageFactory.Pipeline.Programs;

/// <summary>
/// Cuts a stream of bytes into lines of text. A carriage return ends a line too (progress bars), and a line without an end
/// is cut off, so that no program can fill the memory.
/// </summary>
internal static class LineReader
{
    internal const int LongestLine = 4096;

    internal static async Task ReadAsync(Stream stream, Action<string> onLine, CancellationToken cancellation)
    {
        byte[] bytes = new byte[16 * 1024];
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        StringBuilder line = new();
        bool afterReturn = false;

        while (await stream.ReadAsync(bytes, cancellation).ConfigureAwait(false) is > 0 and int read)
        {
            int count = decoder.GetChars(bytes.AsSpan(0, read), characters, flush: false);
            foreach (char c in characters.AsSpan(0, count))
            {
                if (c is '\n' or '\r')
                {
                    if (!(c == '\n' && afterReturn))
                        Emit(line, onLine);
                    afterReturn = c == '\r';
                }
                else
                {
                    afterReturn = false;
                    if (line.Length <= LongestLine)
                        line.Append(c);
                }
            }
        }

        if (line.Length > 0)
            Emit(line, onLine);
    }

    private static void Emit(StringBuilder line, Action<string> onLine)
    {
        string text = line.Length > LongestLine ? $"{line.ToString(0, LongestLine)}…" : line.ToString();
        line.Clear();
        onLine(text);
    }
}
