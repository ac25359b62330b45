using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Recipes.Rules;

/// <summary>Sizes such as <c>4GiB</c>.</summary>
internal static class Sizes
{
    /// <summary>A UKI alone has tens of MiB, and partitions are aligned to one.</summary>
    private const long Least = 64L << 20;

    /// <summary>The largest virtual disk that one of the clouds takes.</summary>
    private const long Most = 64L << 40;

    private static readonly (string Unit, int Shift)[] Units = [("MiB", 20), ("GiB", 30), ("TiB", 40)];

    public static Fault? Check(string path, string text)
    {
        foreach ((string unit, int shift) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (!long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
                break;
            return count >= Least >> shift && count <= Most >> shift && (count << shift) >= Least ? null : RuleFaults.SizeRange(path, text);
        }

        return RuleFaults.Size(path, text);
    }
}
