using System.Globalization;
using System.Text;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Writing;

/// <summary>Chooses the form in which a text reads best and stays the same text.</summary>
internal static class YamlText
{
    private const string PlainCharacters = "_./:=+,@%()-";

    public static string Inline(string text) => IsPlain(text) ? text : Quoted(text);

    /// <summary>Lines that a literal block keeps as they are.</summary>
    public static bool IsBlock(string text) =>
        text.EndsWith('\n')
        && !text.EndsWith("\n\n", StringComparison.Ordinal)
        && text.Length > 1
        && text[0] is not (' ' or '\t' or '\n')
        && !text.Any(c => c != '\n' && IsSpecial(c));

    /// <summary>What a terminal shows as it is: no control characters.</summary>
    public static string Printable(string text) => text.Any(IsSpecial) ? Quoted(text) : text;

    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '/')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ' || PlainCharacters.Contains(c, StringComparison.Ordinal))
        && !text.Contains(": ", StringComparison.Ordinal)
        && text[^1] is not (':' or ' ')
        && !LooksTyped(text);

    private static bool LooksTyped(string text) =>
        Scalars.Truth(text) is not null
        || text.ToLowerInvariant() is "null" or "yes" or "no" or "on" or "off" or "y" or "n"
        || (char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or '+' or '-' or 'x' or 'o' or '_'));

    private static bool IsSpecial(char c) => char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is
        UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;

    private static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            quoted = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsSurrogate(c) => quoted.Append(c),
                _ when IsSpecial(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
