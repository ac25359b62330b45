using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>The name of a systemd unit: <c>prefix[@[instance]].type</c> (systemd.unit(5)).</summary>
/// <param name="Prefix">Before the <c>@</c>.</param>
/// <param name="Instance">Null for a plain unit, empty for a template.</param>
/// <param name="Type">With the dot.</param>
internal sealed record UnitName(string Prefix, string? Instance, string Type)
{
    /// <summary>UNIT_NAME_MAX without the terminating NUL.</summary>
    private const int MaxLength = 255;

    private static readonly string[] Types =
        [".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice", ".scope"];

    public bool IsTemplate => Instance is { Length: 0 };

    public bool IsInstance => Instance is { Length: > 0 };

    public string Text => Stem + Type;

    /// <summary>The name without its type.</summary>
    public string Stem => Instance is null ? Prefix : $"{Prefix}@{Instance}";

    public UnitName Template => this with { Instance = "" };

    public static bool TryParse(string text, [NotNullWhen(true)] out UnitName? name)
    {
        name = null;
        int dot = text.LastIndexOf('.');
        if (dot < 1 || text.Length > MaxLength || !Types.Contains(text[dot..]))
            return false;
        string stem = text[..dot];
        if (!stem.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.\\@".Contains(c, StringComparison.Ordinal)))
            return false;
        int at = stem.IndexOf('@', StringComparison.Ordinal);
        if (at == 0)
            return false;
        name = at < 0 ? new UnitName(stem, null, text[dot..]) : new UnitName(stem[..at], stem[(at + 1)..], text[dot..]);
        return true;
    }

    /// <summary>
    /// Replaces the specifiers that mean the same on every machine.
    /// </summary>
    /// <returns>Null when the text asks for something of the running machine.</returns>
    public string? Expand(string text)
    {
        StringBuilder expanded = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                expanded.Append(text[i]);
                continue;
            }

            string? value = ++i == text.Length ? null : text[i] switch
            {
                '%' => "%",
                'n' => Text,
                'N' => Stem,
                'p' => Prefix,
                'i' => Instance ?? "",
                'j' => Prefix[(Prefix.LastIndexOf('-') + 1)..],
                _ => null,
            };
            if (value is null)
                return null;
            expanded.Append(value);
        }

        return expanded.ToString();
    }
}
