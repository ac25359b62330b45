namespace ImageFactory.Assembly.AgentPolicy.Rego;

internal enum TokenKind
{
    Identifier,
    Number,
    String,
    Symbol,
    End,
}

/// <summary>A token of Rego. Comments and white space are no tokens, yet white space decides what belongs together.</summary>
/// <param name="Text">The characters as written; of a string its value.</param>
/// <param name="IsGlued">Nothing stands between this token and the one before: <c>a[0]</c>, not <c>a [0]</c>.</param>
/// <param name="IsOnNewLine">The first of its line.</param>
internal sealed record Token(TokenKind Kind, string Text, TextPosition At, int EndLine, bool IsGlued, bool IsOnNewLine)
{
    public bool Is(string text) => Kind is TokenKind.Symbol or TokenKind.Identifier && Text == text;

    /// <summary>How a fault names it.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the text",
        TokenKind.String => "a string",
        _ => $"'{(Text.Length > 40 ? string.Concat(Text.AsSpan(0, 40), "…") : Text)}'",
    };
}
