using ImageFactory.Model;

namespace ImageFactory.Recipes.Rules;

/// <summary>Sizes such as <c>4GiB</c>.</summary>
internal static class Sizes
{
    /// <summary>A UKI alone has tens of MiB, and partitions are aligned to one.</summary>
    private const long Least = 64L << 20;

    /// <summary>The largest virtual disk that one of the clouds takes.</summary>
    private const long Most = 64L << 40;

    public static Fault? Check(string path, string text) =>
        !ByteCount.TryParse(text, out Int128 bytes) ? RuleFaults.Size(path, text)
        : bytes < Least || bytes > Most ? RuleFaults.SizeRange(path, text)
        : null;
}
