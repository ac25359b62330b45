namespace ImageFactory.Assembly.AgentPolicy.Rego;

internal static class Keywords
{
    private static readonly HashSet<string> Always =
        ["as", "default", "else", "false", "import", "not", "null", "package", "some", "true", "with"];

    /// <summary>Keywords since v1; before it only when imported.</summary>
    private static readonly HashSet<string> Future = ["every", "if", "in"];

    /// <summary><c>contains</c> is left out: it is the name of a built-in function, too.</summary>
    public static bool IsReserved(Token token) => token.Kind == TokenKind.Identifier && (Always.Contains(token.Text) || Future.Contains(token.Text));
}
