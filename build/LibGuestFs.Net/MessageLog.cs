using System.Text;

namespace LibGuestFs.Net;

/// <summary>The last of what library and appliance said, for the reason of a failure.</summary>
internal sealed class MessageLog
{
    private const int Kept = 4096;
    private const int ShownLines = 12;

    private readonly StringBuilder text = new();
    private readonly Lock guard = new();

    public void Add(string part)
    {
        lock (guard)
        {
            text.Append(part);
            if (text.Length > 2 * Kept)
                text.Remove(0, text.Length - Kept);
        }
    }

    public void Clear()
    {
        lock (guard)
            text.Clear();
    }

    /// <summary>A reason, with the last lines behind it.</summary>
    public string After(string reason)
    {
        string[] lines;
        lock (guard)
            lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // The console's control sequences say nothing.
        IEnumerable<string> shown = lines.Select(l => new string([.. l.Where(c => c is not '\x1b' && !char.IsControl(c))])).Where(l => l.Length > 0).TakeLast(ShownLines);
        return string.Join("\n    ", shown.Prepend(reason));
    }
}
