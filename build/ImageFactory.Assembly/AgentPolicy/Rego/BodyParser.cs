namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Parses the statements of a body; each is on a line of its own or follows a semicolon.</summary>
internal sealed class BodyParser(TokenCursor cursor, ExpressionParser expressions, Dialect dialect)
{
    /// <summary>Statements up to the closing bracket, which is taken.</summary>
    public Body Until(Token opening, string closing)
    {
        List<Statement> statements = [Statement()];
        while (!cursor.Is(closing))
        {
            if (cursor.AtEnd)
                throw cursor.Refuse(RegoFaults.Unclosed(opening), opening.At);
            bool separated = cursor.TryTake(";");
            if (!separated && !cursor.Current.IsOnNewLine)
                throw cursor.Unexpected($"a new line, ';' or '{closing}'");
            statements.Add(Statement());
        }

        cursor.Close(opening, closing);
        return new Body(opening.At, statements);
    }

    /// <summary>A body without braces: <c>X if statement</c>.</summary>
    public Body Single() => new(cursor.Current.At, [Statement()]);

    private Statement Statement()
    {
        cursor.Enter();
        Statement statement = cursor.Current switch
        {
            { Kind: TokenKind.Identifier, Text: "some" } => Some(),
            { Kind: TokenKind.Identifier, Text: "every" } => Every(),
            _ => Condition(),
        };
        cursor.Leave();
        return cursor.Is("with") ? statement with { With = Replacements() } : statement;
    }

    private Some Some()
    {
        TextPosition at = cursor.Take().At;
        List<Expression> variables = [expressions.Term()];
        while (cursor.TryTake(","))
            variables.Add(expressions.Term());

        if (cursor.Is("in") && variables.Count <= 2)
        {
            dialect.UsesKeyword(cursor.Take());
            return new Some(at, variables, expressions.Comparable());
        }

        variables.ForEach(dialect.Introduces);
        return variables.All(v => v is Name) ? new Some(at, variables, null) : throw cursor.Unexpected("'in'");
    }

    private Every Every()
    {
        Token every = cursor.Take();
        dialect.UsesKeyword(every);
        List<Name> variables = [Variable()];
        if (cursor.TryTake(","))
            variables.Add(Variable());
        dialect.UsesKeyword(cursor.Expect("in"));
        Expression collection = expressions.Comparable();
        Token opening = cursor.Expect("{");
        return new Every(every.At, variables, collection, Until(opening, "}"));
    }

    private Name Variable()
    {
        Token name = cursor.Current;
        if (name.Kind != TokenKind.Identifier || Keywords.IsReserved(name))
            throw cursor.Unexpected("the name of a variable");
        cursor.Take();
        return new Name(name.At, name.Text);
    }

    private Condition Condition()
    {
        TextPosition at = cursor.Current.At;
        bool isNegated = cursor.TryTake("not");
        Expression left = expressions.Whole();
        if (cursor.Is(":=") || cursor.Is("="))
        {
            if (left is Operation or Membership)
                throw cursor.Unexpected("the end of the statement");
            string symbol = cursor.Take().Text;
            if (symbol == ":=")
                dialect.Introduces(left);
            left = new Operation(at, symbol, left, expressions.Whole());
        }

        return new Condition(at, left, isNegated);
    }

    private List<(Expression Target, Expression Value)> Replacements()
    {
        List<(Expression, Expression)> with = [];
        while (cursor.TryTake("with"))
        {
            Expression target = expressions.Term();
            cursor.Expect("as");
            with.Add((target, expressions.Item()));
        }

        return with;
    }
}
