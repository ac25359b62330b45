using System.Text.RegularExpressions;

namespace ImageFactory.Pipeline.Programs;

/// <summary>
/// A line as a log keeps it: without colours, cursor movements and other control characters. Consoles of virtual machines are
/// full of them, and a log that is printed must not be able to talk to the terminal.
/// </summary>
internal static partial class PlainLine
{
    public static string Of(string line) => Control().Replace(line, "").TrimEnd();

    // ECMA-48: CSI sequences, OSC sequences up to their terminator, other escapes of one letter, then single control characters but tab.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x08\x0a-\x1f\x7f]")]
    private static partial Regex Control();
}
