using System.Text;

namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Parses a Rego file: package, imports, rules.</summary>
internal sealed class ModuleParser
{
    private readonly TokenCursor cursor;
    private readonly Dialect dialect = new();
    private readonly ExpressionParser expressions;
    private readonly RuleParser rules;

    private ModuleParser(TokenCursor cursor)
    {
        this.cursor = cursor;
        expressions = new ExpressionParser(cursor, dialect);
        rules = new RuleParser(cursor, expressions, dialect);
    }

    /// <exception cref="ImageFactory.Model.FactoryException">The text is not understood; the fault names line and token.</exception>
    public static Module Parse(string text, Func<TextPosition, string> place) =>
        new ModuleParser(new TokenCursor(new Lexer(text, place).ReadAll(), place)).Module();

    private Module Module()
    {
        TextPosition packageAt = cursor.Current.At;
        string package = "";
        if (cursor.TryTake("package"))
            package = Path();

        List<Import> imports = [];
        while (cursor.Is("import"))
            imports.Add(Import());

        List<Rule> found = [];
        while (!cursor.AtEnd)
            found.Add(rules.Rule());

        return new Module
        {
            PackageAt = packageAt,
            Package = package,
            Imports = imports,
            Rules = found,
            Keywords = dialect.Keywords,
            BodiesWithoutIf = dialect.BodiesWithoutIf,
            Shadowings = dialect.Shadowings,
            BareHeads = dialect.BareHeads,
        };
    }

    private Import Import()
    {
        TextPosition at = cursor.Take().At;
        if (cursor.Current.Text is not ("data" or "future" or "input" or "rego"))
            throw cursor.Unexpected("a path that begins with data, future, input or rego");
        string path = Path();
        if (!cursor.TryTake("as"))
            return new Import(at, path, null);
        Token alias = cursor.Current;
        if (alias.Kind != TokenKind.Identifier || Keywords.IsReserved(alias))
            throw cursor.Unexpected("a name");
        cursor.Take();
        dialect.Introduces(new Name(alias.At, alias.Text));
        return new Import(at, path, alias.Text);
    }

    /// <summary><c>a.b["c"]</c>, given back with dots. Keywords may follow a dot: <c>future.keywords.if</c>.</summary>
    private string Path()
    {
        if (cursor.Current.Kind != TokenKind.Identifier)
            throw cursor.Unexpected("a name");
        StringBuilder path = new(cursor.Take().Text);
        while (cursor.Current.IsGlued && (cursor.Is(".") || cursor.Is("[")))
        {
            Token opening = cursor.Take();
            TokenKind wanted = opening.Text == "." ? TokenKind.Identifier : TokenKind.String;
            if (cursor.Current.Kind != wanted || !cursor.Current.IsGlued)
                throw cursor.Unexpected(wanted == TokenKind.String ? "a string" : "a name right after the dot");
            path.Append('.').Append(cursor.Take().Text);
            if (wanted == TokenKind.String)
                cursor.Close(opening, "]");
        }

        return path.ToString();
    }
}
