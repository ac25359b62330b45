using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ImageFactory.Assembly.AgentPolicy.Api;

/// <summary>A release of Kata Containers, as far as the agent's calls depend on it: patch releases never changed them.</summary>
public readonly record struct KataRelease(int Major, int Minor) : IComparable<KataRelease>
{
    /// <summary>The first release whose agent asks a policy.</summary>
    public static KataRelease FirstWithPolicy { get; } = new(3, 3);

    /// <summary>Reads <c>4.1</c>, <c>v4.1</c>, <c>4.1.0</c> and <c>4.1.0-rc0</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KataRelease release)
    {
        release = default;
        string[] parts = (text ?? "").TrimStart('v').Split('-')[0].Split('.');
        if (parts.Length is < 2 or > 3 || !parts.All(IsNumber))
            return false;
        release = new(Number(parts[0]), Number(parts[1]));
        return true;
    }

    public static KataRelease Parse(string text) =>
        TryParse(text, out KataRelease release) ? release : throw new FormatException($"'{text}' is not a release such as 4.1");

    public int CompareTo(KataRelease other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public static bool operator <(KataRelease left, KataRelease right) => left.CompareTo(right) < 0;

    public static bool operator >(KataRelease left, KataRelease right) => left.CompareTo(right) > 0;

    public static bool operator <=(KataRelease left, KataRelease right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KataRelease left, KataRelease right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    /// <summary>Four digits are plenty for a part of a version and never overflow.</summary>
    private static bool IsNumber(string part) => part.Length is > 0 and <= 4 && part.All(char.IsAsciiDigit);

    private static int Number(string part) => int.Parse(part, CultureInfo.InvariantCulture);
}
