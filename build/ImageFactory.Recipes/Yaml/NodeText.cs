using System.Globalization;
using System.Text;

namespace ImageFactory.Recipes.Yaml;

/// <summary>Shows what an author wrote inside a sentence: short, on one line, and never key material.</summary>
internal static class NodeText
{
    private const int Shown = 60;

    public static string Describe(Node node) => node switch
    {
        ScalarNode { IsNull: true } => "nothing",
        ScalarNode { Plain: false } scalar => $"the text {Quote(scalar.Text)}",
        ScalarNode scalar when Scalars.IsWhole(scalar.Text) => $"the number {Quote(scalar.Text)}",
        ScalarNode { Text: "true" or "false" } scalar => scalar.Text,
        ScalarNode scalar => Quote(scalar.Text),
        SequenceNode => "a list",
        MappingNode => "a mapping",
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    public static string Quote(string text)
    {
        // Whoever puts a key where its file's name belongs must not read it again in a log.
        if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            return "a PEM text";

        StringBuilder quoted = new("'");
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (count++ == Shown)
            {
                quoted.Append('…');
                break;
            }

            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                quoted.Append(rune.ToString());
        }

        return quoted.Append('\'').ToString();
    }
}
