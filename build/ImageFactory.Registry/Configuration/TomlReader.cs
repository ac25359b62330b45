using System.Globalization;
using System.Text;

namespace ImageFactory.Registry.Configuration;

/// <summary>
/// Reads the part of TOML 1.0 that registries.conf is written in: tables, arrays of tables, texts, truth values, whole numbers, arrays and
/// inline tables. Multi-line texts, dates and floats are refused, not guessed at.
/// </summary>
internal sealed class TomlReader
{
    private const int MaxDepth = 32;

    private readonly string text;
    private int at;
    private int depth;

    private TomlReader(string text) => this.text = text;

    /// <returns>Values are <see cref="string"/>, <see cref="bool"/>, <see cref="long"/>, <see cref="List{T}"/> of object, or a table like this one.</returns>
    /// <exception cref="FormatException">The text is malformed; the message begins with the line.</exception>
    public static Dictionary<string, object> Parse(string text)
    {
        TomlReader reader = new(text);
        try
        {
            return reader.ReadDocument();
        }
        catch (FormatException e)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {text.AsSpan(0, Math.Min(reader.at, text.Length)).Count('\n') + 1}: {e.Message}"), e);
        }
    }

    private Dictionary<string, object> ReadDocument()
    {
        Dictionary<string, object> root = new(StringComparer.Ordinal);
        Dictionary<string, object> table = root;
        while (true)
        {
            SkipBlank(lines: true);
            if (at >= text.Length)
                return root;
            if (text[at] == '[')
            {
                table = ReadHeader(root);
            }
            else
            {
                ReadPair(table);
            }

            SkipBlank(lines: false);
            if (at < text.Length && text[at] != '\n')
                throw new FormatException("something follows on the same line");
        }
    }

    private Dictionary<string, object> ReadHeader(Dictionary<string, object> root)
    {
        bool many = text.AsSpan(at).StartsWith("[[");
        at += many ? 2 : 1;
        List<string> keys = ReadKeys();
        Expect(many ? "]]" : "]");
        Dictionary<string, object> parent = Descend(root, keys.Take(keys.Count - 1));
        string last = keys[^1];
        if (!many)
        {
            if (!parent.TryGetValue(last, out object? there))
                parent[last] = there = NewTable();
            return there as Dictionary<string, object> ?? throw new FormatException($"'{last}' is a value and a table");
        }

        if (!parent.TryGetValue(last, out object? array))
            parent[last] = array = new List<object>();
        if (array is not List<object> list)
            throw new FormatException($"'{last}' is a value and an array of tables");
        Dictionary<string, object> added = NewTable();
        list.Add(added);
        return added;
    }

    /// <summary>A table on the way may be the last of an array of tables.</summary>
    private static Dictionary<string, object> Descend(Dictionary<string, object> table, IEnumerable<string> keys)
    {
        foreach (string key in keys)
        {
            if (!table.TryGetValue(key, out object? next))
                table[key] = next = NewTable();
            table = next switch
            {
                Dictionary<string, object> inner => inner,
                List<object> { Count: > 0 } list when list[^1] is Dictionary<string, object> inner => inner,
                _ => throw new FormatException($"'{key}' is no table"),
            };
        }

        return table;
    }

    private void ReadPair(Dictionary<string, object> table)
    {
        List<string> keys = ReadKeys();
        Expect("=");
        SkipBlank(lines: false);
        object value = ReadValue();
        if (!Descend(table, keys.Take(keys.Count - 1)).TryAdd(keys[^1], value))
            throw new FormatException($"'{keys[^1]}' is set twice");
    }

    private List<string> ReadKeys()
    {
        List<string> keys = [];
        do
        {
            SkipBlank(lines: false);
            keys.Add(At('"') || At('\'') ? ReadText() : ReadBareKey());
            SkipBlank(lines: false);
        }
        while (Take('.'));
        return keys;
    }

    private string ReadBareKey()
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-'))
            at++;
        return at > start ? text[start..at] : throw new FormatException("a key is expected");
    }

    private object ReadValue()
    {
        if (++depth > MaxDepth)
            throw new FormatException("values are nested too deeply");
        object value;
        if (At('"') || At('\''))
            value = ReadText();
        else if (Take('['))
            value = ReadArray();
        else if (Take('{'))
            value = ReadInlineTable();
        else
            value = ReadWord();
        depth--;
        return value;
    }

    private List<object> ReadArray()
    {
        List<object> values = [];
        while (true)
        {
            SkipBlank(lines: true);
            if (Take(']'))
                return values;
            values.Add(ReadValue());
            SkipBlank(lines: true);
            if (!Take(',') && !At(']'))
                throw new FormatException("',' or ']' is expected");
        }
    }

    private Dictionary<string, object> ReadInlineTable()
    {
        Dictionary<string, object> table = NewTable();
        SkipBlank(lines: false);
        if (Take('}'))
            return table;
        while (true)
        {
            ReadPair(table);
            SkipBlank(lines: false);
            if (Take('}'))
                return table;
            Expect(",");
        }
    }

    private object ReadWord()
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-' or '+' or '.' or ':'))
            at++;
        string word = text[start..at];
        return word switch
        {
            "true" => true,
            "false" => false,
            _ => long.TryParse(word.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new FormatException(word.Length == 0 ? "a value is expected" : $"'{Shown.Text(word)}' is no value that is read here"),
        };
    }

    private string ReadText()
    {
        char quote = text[at];
        if (text.AsSpan(at).StartsWith(new string(quote, 3)))
            throw new FormatException("texts over several lines are not read here");
        at++;
        StringBuilder value = new();
        while (at < text.Length && text[at] != quote && text[at] != '\n')
        {
            char next = text[at++];
            value.Append(next == '\\' && quote == '"' ? ReadEscape() : next);
        }

        if (!Take(quote))
            throw new FormatException("a text does not end");
        return value.ToString();
    }

    private char ReadEscape()
    {
        char escape = at < text.Length ? text[at++] : '\0';
        if (escape == 'u')
        {
            if (at + 4 > text.Length || !ushort.TryParse(text.AsSpan(at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
                throw new FormatException("four hex digits are expected after \\u");
            at += 4;
            return (char)code;
        }

        return escape switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' or '\\' => escape,
            _ => throw new FormatException("an escape is not known"),
        };
    }

    private void SkipBlank(bool lines)
    {
        while (at < text.Length)
        {
            char next = text[at];
            if (next == '#')
            {
                while (at < text.Length && text[at] != '\n')
                    at++;
            }
            else if (next is ' ' or '\t' or '\r' || (lines && next == '\n'))
            {
                at++;
            }
            else
            {
                return;
            }
        }
    }

    private void Expect(string what)
    {
        SkipBlank(lines: false);
        if (!text.AsSpan(at).StartsWith(what))
            throw new FormatException($"'{what}' is expected");
        at += what.Length;
    }

    private bool At(char what) => at < text.Length && text[at] == what;

    private bool Take(char what)
    {
        if (!At(what))
            return false;
        at++;
        return true;
    }

    private static Dictionary<string, object> NewTable() => new(StringComparer.Ordinal);
}
