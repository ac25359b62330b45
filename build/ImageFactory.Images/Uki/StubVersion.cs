using System.Globalization;
using System.Text;

namespace ImageFactory.Images.Uki;

/// <summary>
/// Which systemd-stub an EFI program was made from, out of its <c>.sdmagic</c> section:
/// <c>#### LoaderInfo: systemd-stub 257.13-1~deb13u1 ####</c>. The number decides which sections are measured.
/// </summary>
public sealed record StubVersion(string Text, int Major)
{
    private const string Prefix = "#### LoaderInfo: systemd-stub ";
    private const string Suffix = " ####";

    /// <summary>Null when the text is not systemd-stub's.</summary>
    public static StubVersion? Parse(ReadOnlySpan<byte> magic)
    {
        string text = Encoding.Latin1.GetString(magic).TrimEnd('\0');
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || !text.EndsWith(Suffix, StringComparison.Ordinal) || text.Length <= Prefix.Length + Suffix.Length)
            return null;
        string version = text[Prefix.Length..^Suffix.Length];
        int digits = version.TakeWhile(char.IsAsciiDigit).Count();
        return int.TryParse(version.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int major) ? new StubVersion(Printable.Text(version), major) : null;
    }
}
