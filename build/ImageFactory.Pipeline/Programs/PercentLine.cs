using System.Globalization;

namespace ImageFactory.Pipeline.Programs;

/// <summary>Reads, in whole percents, how far <c>qemu-img -p</c> is: <c>(12.34/100%)</c>, with spaces around it.</summary>
internal static class PercentLine
{
    private const string End = "/100%)";

    internal static bool TryRead(string line, out int percent)
    {
        percent = 0;
        ReadOnlySpan<char> text = line.AsSpan().Trim();
        return text is ['(', ..] && text.EndsWith(End, StringComparison.Ordinal)
            && decimal.TryParse(text[1..^End.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal exact)
            && exact is >= 0 and <= 100
            && (percent = (int)exact) >= 0;
    }
}
