using System.Globalization;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Cuts a text into the tokens of Rego. Knows the whole language: both kinds of strings, numbers, comments, every symbol.</summary>
internal sealed class Lexer(string text, Func<TextPosition, string> place)
{
    private static readonly string[] LongSymbols = [":=", "==", "!=", "<=", ">="];

    private int offset;
    private int line = 1;
    private int lineStart;
    private bool isOnNewLine = true;
    private bool isGlued;

    private TextPosition Here => new(line, offset - lineStart + 1);

    /// <summary>All tokens, the last of them <see cref="TokenKind.End"/>.</summary>
    public List<Token> ReadAll()
    {
        List<Token> tokens = [];
        do
        {
            SkipSpace();
            tokens.Add(Next());
            isOnNewLine = false;
            isGlued = true;
        }
        while (tokens[^1].Kind != TokenKind.End);

        return tokens;
    }

    private void SkipSpace()
    {
        while (offset < text.Length)
        {
            char c = text[offset];
            if (c == '#')
            {
                int end = text.IndexOf('\n', offset);
                offset = end < 0 ? text.Length : end;
            }
            else if (c is ' ' or '\t' or '\n' or '\r')
            {
                offset++;
                if (c == '\n')
                    EndLine();
            }
            else
            {
                return;
            }

            isGlued = false;
        }
    }

    private void EndLine()
    {
        line++;
        lineStart = offset;
        isOnNewLine = true;
    }

    private Token Next()
    {
        if (offset == text.Length)
            return Make(TokenKind.End, "", Here);

        char c = text[offset];
        if (IsLetter(c))
            return Identifier();
        if (char.IsAsciiDigit(c))
            return Number();
        return c switch
        {
            '"' => QuotedString(),
            '`' => RawString(),
            _ => Symbol(),
        };
    }

    private Token Make(TokenKind kind, string value, TextPosition at) => new(kind, value, at, line, isGlued, isOnNewLine);

    private Token Identifier()
    {
        TextPosition at = Here;
        int start = offset;
        while (offset < text.Length && (IsLetter(text[offset]) || char.IsAsciiDigit(text[offset])))
            offset++;
        return Make(TokenKind.Identifier, text[start..offset], at);
    }

    private Token Number()
    {
        TextPosition at = Here;
        int start = offset;
        SkipDigits();
        if (text[start] == '0' && offset - start > 1)
            throw Refuse(RegoFaults.Literal("a number does not start with a needless 0"), at);
        if (offset + 1 < text.Length && text[offset] == '.' && char.IsAsciiDigit(text[offset + 1]))
        {
            offset++;
            SkipDigits();
        }

        if (offset < text.Length && text[offset] is 'e' or 'E')
        {
            offset++;
            if (offset < text.Length && text[offset] is '+' or '-')
                offset++;
            if (offset == text.Length || !char.IsAsciiDigit(text[offset]))
                throw Refuse(RegoFaults.Literal("the exponent of the number has no digits"), at);
            SkipDigits();
        }

        if (offset < text.Length && IsLetter(text[offset]))
            throw Refuse(RegoFaults.Literal("a letter follows the number without a space"), Here);
        return Make(TokenKind.Number, text[start..offset], at);
    }

    private void SkipDigits()
    {
        while (offset < text.Length && char.IsAsciiDigit(text[offset]))
            offset++;
    }

    private Token RawString()
    {
        TextPosition at = Here;
        int end = text.IndexOf('`', offset + 1);
        if (end < 0)
            throw Refuse(RegoFaults.Literal("the raw string is never closed with a backquote"), at);
        string value = text[(offset + 1)..end];
        for (int i = value.IndexOf('\n', StringComparison.Ordinal); i >= 0; i = value.IndexOf('\n', i + 1))
        {
            line++;
            lineStart = offset + 1 + i + 1;
        }

        offset = end + 1;
        return Make(TokenKind.String, value, at);
    }

    private Token QuotedString()
    {
        TextPosition at = Here;
        StringBuilder value = new();
        offset++;
        while (true)
        {
            if (offset == text.Length || text[offset] == '\n')
                throw Refuse(RegoFaults.Literal("the string is not closed on its line"), at);
            char c = text[offset];
            if (c < ' ')
                throw Refuse(RegoFaults.Literal("a control character stands in a string"), Here);
            if (c == '"')
            {
                offset++;
                return Make(TokenKind.String, value.ToString(), at);
            }

            if (c == '\\')
            {
                value.Append(Escape());
                continue;
            }

            value.Append(c);
            offset++;
        }
    }

    /// <summary>The escapes of JSON and no others, as the agent's engine has them.</summary>
    private char Escape()
    {
        TextPosition at = Here;
        char kind = offset + 1 < text.Length ? text[offset + 1] : '\n';
        offset += 2;
        switch (kind)
        {
            case '"' or '\\' or '/':
                return kind;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when offset + 4 <= text.Length && text.AsSpan(offset, 4).ContainsOnlyHexDigits():
                offset += 4;
                return (char)int.Parse(text.AsSpan(offset - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            default:
                throw Refuse(RegoFaults.Literal("the string has an escape that Rego does not know") with { Hint = "double the backslash, or write the string between backquotes" }, at);
        }
    }

    private Token Symbol()
    {
        TextPosition at = Here;
        foreach (string symbol in LongSymbols)
        {
            if (string.CompareOrdinal(text, offset, symbol, 0, symbol.Length) == 0)
            {
                offset += symbol.Length;
                return Make(TokenKind.Symbol, symbol, at);
            }
        }

        char c = text[offset];
        if (!"{}[](),;:.=<>+-*/%&|".Contains(c, StringComparison.Ordinal))
            throw Refuse(RegoFaults.Character(c), at);
        offset++;
        return Make(TokenKind.Symbol, c.ToString(), at);
    }

    private FactoryException Refuse(Fault fault, TextPosition at) => new(fault.At(place(at)));

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';
}
