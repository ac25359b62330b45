using System.Globalization;

namespace ImageFactory.Model;

/// <summary>Sizes as recipes write them: a whole number and MiB, GiB or TiB.</summary>
public static class ByteCount
{
    private static readonly (string Unit, int Shift)[] Units = [("MiB", 20), ("GiB", 30), ("TiB", 40)];

    /// <summary>The bytes of a size that validation let through; 0 for <c>auto</c>.</summary>
    /// <exception cref="FormatException">The text is no size.</exception>
    public static long Parse(string text) => text == "auto" ? 0 : TryParse(text, out Int128 bytes) ? checked((long)bytes) : throw new FormatException($"'{text}' is no size");

    /// <summary>Reads any size, however large.</summary>
    public static bool TryParse(string text, out Int128 bytes)
    {
        foreach ((string unit, int shift) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                bytes = (Int128)count << shift;
                return true;
            }
        }

        bytes = 0;
        return false;
    }
}
