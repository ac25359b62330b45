using System.Text;

namespace ImageFactory.Build.Terminal;

/// <summary>Where results and messages go. The only place that touches the console; UTF-8 whatever the locale says.</summary>
internal sealed record HostConsole(TextWriter Out, TextWriter Error)
{
    /// <summary>Standard error is a terminal that understands escape sequences, and nobody asked for plain text.</summary>
    public bool CanRedraw { get; init; }

    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    public static HostConsole Open(IReadOnlyDictionary<string, string> environment)
    {
        // An empty NO_COLOR counts as not set (no-color.org).
        bool plain = environment.GetValueOrDefault("TERM", "dumb") is "dumb" or "" || environment.GetValueOrDefault("NO_COLOR", "").Length > 0;
        return new HostConsole(Writer(Console.OpenStandardOutput()), Writer(Console.OpenStandardError()))
        {
            CanRedraw = !plain && !Console.IsErrorRedirected,
            Size = SizeOfTerminal,
        };
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };

    private static (int Width, int Height) SizeOfTerminal()
    {
        try
        {
            return (Console.WindowWidth is > 0 and int width ? width : 80, Console.WindowHeight is > 0 and int height ? height : 24);
        }
        catch (IOException)
        {
            return (80, 24);
        }
    }
}
