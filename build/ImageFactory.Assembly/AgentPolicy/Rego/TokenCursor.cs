using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Walks over the tokens and refuses what does not fit.</summary>
internal sealed class TokenCursor(IReadOnlyList<Token> tokens, Func<TextPosition, string> place)
{
    /// <summary>More than any policy needs, and little enough for the stack of any thread.</summary>
    private const int MaximumDepth = 200;

    private int index;
    private int depth;

    public Token Current => tokens[index];

    public Token Previous => tokens[index - 1];

    public int Index => index;

    public bool AtEnd => Current.Kind == TokenKind.End;

    public bool Is(string text) => Current.Is(text);

    public Token Take()
    {
        Token taken = Current;
        if (!AtEnd)
            index++;
        return taken;
    }

    public bool TryTake(string text)
    {
        if (!Is(text))
            return false;
        index++;
        return true;
    }

    public Token Expect(string text) => Is(text) ? Take() : throw Unexpected($"'{text}'");

    /// <summary>A closing bracket; when the text ends before it, the fault names the opening one.</summary>
    public Token Close(Token opening, string closing)
    {
        if (AtEnd)
            throw Refuse(RegoFaults.Unclosed(opening), opening.At);
        return Expect(closing);
    }

    public FactoryException Unexpected(string wanted) => Refuse(RegoFaults.Unexpected(Current, wanted), Current.At);

    public FactoryException Refuse(Fault fault, TextPosition at) => new(fault.At(place(at)));

    public void Enter()
    {
        if (++depth > MaximumDepth)
            throw Refuse(RegoFaults.TooDeep(MaximumDepth), Current.At);
    }

    public void Leave() => depth--;

    /// <summary>Guards a chain such as <c>a + b + c</c>, which nests without recursion here but not where it is walked.</summary>
    public void CheckChain(int length)
    {
        if (length > MaximumDepth)
            throw Refuse(RegoFaults.TooDeep(MaximumDepth), Current.At);
    }

    public string Canonical(int from) => string.Join(' ', tokens.Skip(from).Take(index - from).Select(Written));

    /// <summary>A string is quoted again, so that it never reads like other tokens.</summary>
    private static string Written(Token token) =>
        token.Kind == TokenKind.String ? $"\"{token.Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"" : token.Text;
}
