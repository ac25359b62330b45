using System.Text;

namespace ImageFactory.Measurement.Stub;

/// <summary>What systemd-stub makes of command lines before it hands them on.</summary>
internal static class StubCommandLine
{
    /// <summary>
    /// Blanks and control characters at the start and the end go, each one inside becomes one blank (systemd 257; DEL does too).
    /// </summary>
    public static string Mangle(string text)
    {
        string whole = text.Split('\0')[0];
        StringBuilder mangled = new(whole.Length);
        foreach (char unit in whole)
            mangled.Append(IsSpace(unit) ? ' ' : unit);
        return mangled.ToString().Trim(' ');
    }

    /// <summary>The string that a boot option or a boot loader passes, after the name of the program and one blank.</summary>
    public static string Append(string first, string second) => first.Length == 0 ? second : second.Length == 0 ? first : $"{first} {second}";

    private static bool IsSpace(char unit) => unit is <= ' ' or '\x7f';
}
