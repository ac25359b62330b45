using System.Globalization;
using System.Text;

namespace ImageFactory.Recipes.Layers;

/// <summary>
/// Reads what stands before the '=' of an assignment: keys joined by dots, <c>[n]</c> for an entry of a list, and keys that are
/// no words in double quotes, with backslash before quote and backslash.
/// </summary>
internal ref struct KeyPathReader(string text)
{
    private readonly ReadOnlySpan<char> text = text;
    private int at;

    /// <summary>Null when the text is no assignment.</summary>
    public static (IReadOnlyList<Step> Steps, bool Append, string Value)? ReadAssignment(string text)
    {
        KeyPathReader reader = new(text);
        if (reader.ReadSteps() is not { } steps)
            return null;
        bool append = reader.Accept('+');
        return reader.Accept('=') ? (steps, append, text[reader.at..]) : null;
    }

    private List<Step>? ReadSteps()
    {
        List<Step> steps = [];
        do
        {
            if (ReadKey() is not { } key)
                return null;
            steps.Add(new KeyStep(key));
            while (Accept('['))
            {
                if (ReadIndex() is not { } index)
                    return null;
                steps.Add(new IndexStep(index));
            }
        }
        while (Accept('.'));
        return steps;
    }

    private string? ReadKey()
    {
        if (Accept('"'))
            return ReadQuoted();

        int start = at;
        while (at < text.Length && text[at] is not ('.' or '[' or '=' or '+' or ']' or '"'))
            at++;
        return at == start ? null : text[start..at].ToString();
    }

    private string? ReadQuoted()
    {
        StringBuilder key = new();
        while (at < text.Length)
        {
            char c = text[at++];
            if (c == '"')
                return key.ToString();
            if (c == '\\' && at < text.Length)
                c = text[at++];
            key.Append(c);
        }

        return null;
    }

    private int? ReadIndex()
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return int.TryParse(text[start..at], NumberStyles.None, CultureInfo.InvariantCulture, out int index) && Accept(']') ? index : null;
    }

    private bool Accept(char c)
    {
        if (at >= text.Length || text[at] != c)
            return false;
        at++;
        return true;
    }
}
