using System.Globalization;

namespace ImageFactory.Assembly.Tree;

/// <summary>Modes as numbers; C# has no octal literals, so the usual ones have names.</summary>
internal static class UnixMode
{
    /// <summary>0644</summary>
    public const int Plain = (6 << 6) | (4 << 3) | 4;

    /// <summary>0755</summary>
    public const int Executable = (7 << 6) | (5 << 3) | 5;

    /// <summary>0700</summary>
    public const int Private = 7 << 6;

    /// <summary>0600</summary>
    public const int Secret = 6 << 6;

    /// <summary>0777</summary>
    public const int Link = (7 << 6) | (7 << 3) | 7;

    /// <summary>07777: all that a mode may hold besides the type.</summary>
    public const int All = (7 << 9) | Link;

    /// <summary>06000: set-user-id and set-group-id.</summary>
    public const int SetId = 6 << 9;

    public static string Text(int mode) => "0" + Convert.ToString(mode, 8).PadLeft(3, '0');

    /// <summary>One to five octal digits, at most 07777.</summary>
    public static bool TryParse(string text, out int mode)
    {
        mode = 0;
        if (text.Length is 0 or > 5 || !text.All(c => c is >= '0' and <= '7'))
            return false;
        foreach (char digit in text)
            mode = (mode * 8) + CharUnicodeInfo.GetDecimalDigitValue(digit);
        return mode <= All;
    }
}
