using System.Globalization;
using System.Text;

namespace ImageFactory.Measurement.Initdata;

/// <summary>
/// The part of TOML 1.0 that initdata is made of: keys with string values (basic, literal, and both over several lines), tables
/// <c>[name]</c>, comments. All else that TOML has (numbers, dates, arrays, inline tables, dotted keys) is refused by its name, since a
/// verifier would have to understand it in exactly the same way.
/// </summary>
internal sealed class TomlText
{
    private readonly string text;
    private int at;

    private TomlText(string text)
    {
        this.text = text;
    }

    /// <summary>The entries in their order. The table is empty for those before the first <c>[name]</c>.</summary>
    /// <exception cref="TomlException">The text is none of this.</exception>
    public static IReadOnlyList<TomlEntry> Read(string text) => new TomlText(text).Read();

    /// <summary>
    /// A text as a value: literal where it can be, so that people read it as it is; with escapes where the text has what a literal cannot hold.
    /// </summary>
    public static string Write(string value)
    {
        bool literal = !value.Contains("'''", StringComparison.Ordinal) && !value.EndsWith('\'') && !value.Any(c => (char.IsControl(c) && c is not '\n' and not '\t'));

        // A line break right after the opening quotes does not count.
        if (literal)
            return $"'''\n{value}'''";
        StringBuilder escaped = new("\"\"\"\n");
        foreach (char c in value)
        {
            escaped.Append(c switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '\n' or '\t' => c.ToString(),
                _ when char.IsControl(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }

        return escaped.Append("\"\"\"").ToString();
    }

    private List<TomlEntry> Read()
    {
        List<TomlEntry> entries = [];
        HashSet<string> tables = new(StringComparer.Ordinal);
        HashSet<(string, string)> keys = [];
        string table = "";
        while (true)
        {
            SkipBlankLines();
            if (at == text.Length)
                return entries;
            int begin = at;
            if (Take("[["))
                throw Error(begin, "arrays of tables have no place in initdata");
            if (Take("["))
            {
                SkipBlanks();
                table = ReadKey();
                SkipBlanks();
                if (!Take("]"))
                    throw Error(at, "']' is missing after the name of a table");
                if (!tables.Add(table))
                    throw Error(begin, $"table [{table}] is there twice");
                EndLine();
                continue;
            }

            string key = ReadKey();
            SkipBlanks();
            if (Peek == '.')
                throw Error(begin, $"dotted keys have no place in initdata; write \"{key}…\" in quotes when the dot belongs to the name");
            if (!Take("="))
                throw Error(at, "'=' is missing after a key");
            SkipBlanks();
            string value = ReadValue();
            if (!keys.Add((table, key)))
                throw Error(begin, $"key \"{key}\" is there twice");
            entries.Add(new TomlEntry(table, key, value, LineOf(begin)));
            EndLine();
        }
    }

    private char Peek => at < text.Length ? text[at] : '\0';

    private string ReadKey()
    {
        int begin = at;
        if (Peek is '"' or '\'')
        {
            if (text.AsSpan(at).StartsWith("\"\"\"") || text.AsSpan(at).StartsWith("'''"))
                throw Error(begin, "a key cannot have several lines");
            return ReadValue();
        }

        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-'))
            at++;
        return at > begin ? text[begin..at] : throw Error(begin, "a key is expected: letters, digits, '_' and '-', or a text in quotes");
    }

    private string ReadValue()
    {
        int begin = at;
        if (Take("\"\"\""))
            return Multiline(begin, "\"\"\"", escapes: true);
        if (Take("'''"))
            return Multiline(begin, "'''", escapes: false);
        if (Take("\""))
            return Line(begin, '"', escapes: true);
        if (Take("'"))
            return Line(begin, '\'', escapes: false);
        throw Error(begin, Peek switch
        {
            '[' => "arrays have no place in initdata: a text in quotes is expected",
            '{' => "inline tables have no place in initdata: a text in quotes is expected",
            '\0' or '\n' or '\r' or '#' => "a value is missing: a text in quotes is expected",
            _ => "numbers, dates and booleans have no place in initdata: a text in quotes is expected",
        });
    }

    private string Line(int begin, char quote, bool escapes)
    {
        StringBuilder value = new();
        while (true)
        {
            char c = at < text.Length ? text[at++] : throw Error(begin, "the text has no end");
            if (c == quote)
                return value.ToString();
            if (c is '\n' or '\r')
                throw Error(begin, "the text has no end on its line; write several lines in ''' or \"\"\"");
            if (c == '\\' && escapes)
                Escape(value, multiline: false);
            else
                value.Append(Allowed(c));
        }
    }

    private string Multiline(int begin, string quotes, bool escapes)
    {
        // A line break right after the opening quotes does not count.
        if (!Take("\r\n"))
            Take("\n");
        StringBuilder value = new();
        while (true)
        {
            if (at == text.Length)
                throw Error(begin, "the text has no end");
            if (text.AsSpan(at).StartsWith(quotes))
            {
                at += 3;

                // Up to two more quotes belong to the text: the last three end it.
                for (int more = 0; more < 2 && Peek == quotes[0]; more++, at++)
                    value.Append(quotes[0]);
                return value.ToString();
            }

            char c = text[at++];
            if (c == '\\' && escapes)
                Escape(value, multiline: true);
            else if (c == '\n')
                value.Append(c);
            else if (c != '\r' || Peek != '\n')
                value.Append(Allowed(c));
        }
    }

    private void Escape(StringBuilder value, bool multiline)
    {
        int begin = at - 1;
        char c = at < text.Length ? text[at++] : throw Error(begin, "the text has no end");
        switch (c)
        {
            case 'b': value.Append('\b'); return;
            case 't': value.Append('\t'); return;
            case 'n': value.Append('\n'); return;
            case 'f': value.Append('\f'); return;
            case 'r': value.Append('\r'); return;
            case '"': value.Append('"'); return;
            case '\\': value.Append('\\'); return;
            case 'u': value.Append(Character(begin, 4)); return;
            case 'U': value.Append(Character(begin, 8)); return;
        }

        // A backslash at the end of a line joins it with the next one that has text.
        int end = at - 1;
        while (end < text.Length && text[end] is ' ' or '\t' or '\r')
            end++;
        if (!multiline || end >= text.Length || text[end] != '\n')
            throw Error(begin, $"there is no escape '\\{(char.IsControl(c) ? ' ' : c)}'");
        at = end;
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
            at++;
    }

    private string Character(int begin, int digits)
    {
        if (at + digits > text.Length || !int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) || !Rune.IsValid(code))
            throw Error(begin, $"an escape is followed by {digits} hex digits of a character");
        at += digits;
        return new Rune(code).ToString();
    }

    private char Allowed(char c) => char.IsControl(c) && c != '\t' && c < 0x80 ? throw Error(at - 1, $"control character U+{(int)c:X4} must be written as an escape") : c;

    private void EndLine()
    {
        SkipBlanks();
        SkipComment();
        if (at < text.Length && !Take("\r\n") && !Take("\n"))
            throw Error(at, "the line goes on after its value");
    }

    private void SkipBlankLines()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (Take("\r\n") || Take("\n"));
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t')
            at++;
    }

    private void SkipComment()
    {
        if (Peek != '#')
            return;
        at++;
        while (at < text.Length && text[at] != '\n' && !text.AsSpan(at).StartsWith("\r\n"))
        {
            at++;
            Allowed(text[at - 1]);
        }
    }

    private bool Take(string expected)
    {
        if (!text.AsSpan(at).StartsWith(expected))
            return false;
        at += expected.Length;
        return true;
    }

    private int LineOf(int position) => text.AsSpan(0, position).Count('\n') + 1;

    private TomlException Error(int position, string what)
    {
        int lineStart = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        return new TomlException(what, LineOf(position), position - lineStart + 1);
    }
}

internal sealed record TomlEntry(string Table, string Key, string Value, int Line);

internal sealed class TomlException(string what, int line, int column) : Exception(what)
{
    public int Line => line;

    public int Column => column;
}
