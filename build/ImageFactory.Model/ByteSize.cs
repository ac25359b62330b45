using System.Globalization;

namespace ImageFactory.Model;

/// <summary>Sizes as people write and read them, in powers of 1024.</summary>
public static class ByteSize
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>One digit after the point from KiB on: <c>101.8 MiB</c>.</summary>
    public static string Format(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1023.95 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }

    /// <summary>Reads <c>20GiB</c>, <c>20G</c>, <c>1.5 GiB</c> and plain bytes.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        int digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        string name = text[digits..].Trim();
        int unit = Array.FindIndex(Units, u => string.Equals(u, name, StringComparison.OrdinalIgnoreCase)
            || (u.Length == 3 && string.Equals(u[..1], name, StringComparison.OrdinalIgnoreCase)));
        if (name.Length == 0)
            unit = 0;
        if (unit < 0 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
            return false;

        // A petabyte is beyond every store and still far from overflow.
        value *= 1L << (10 * unit);
        if (value > 1L << 50)
            return false;
        bytes = (long)value;
        return true;
    }
}
