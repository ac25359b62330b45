namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Parses rules of both dialects: defaults, constants, bodies with and without <c>if</c>, functions, partial rules, <c>else</c>.</summary>
internal sealed class RuleParser
{
    private readonly TokenCursor cursor;
    private readonly ExpressionParser expressions;
    private readonly BodyParser bodies;
    private readonly Dialect dialect;

    public RuleParser(TokenCursor cursor, ExpressionParser expressions, Dialect dialect)
    {
        this.cursor = cursor;
        this.expressions = expressions;
        this.dialect = dialect;
        bodies = new BodyParser(cursor, expressions, dialect);
    }

    public Rule Rule()
    {
        int start = cursor.Index;
        TextPosition at = cursor.Current.At;
        Rule rule = cursor.TryTake("default") ? Default(at) : Ordinary(at);
        return rule with { EndLine = cursor.Previous.EndLine, Canonical = cursor.Canonical(start) };
    }

    private Rule Default(TextPosition at)
    {
        Rule head = Head(at);
        if (!cursor.Is(":=") && !cursor.Is("="))
            throw cursor.Unexpected("':='");
        cursor.Take();
        return head with { IsDefault = true, Value = expressions.Term() };
    }

    private Rule Ordinary(TextPosition at)
    {
        Rule rule = Head(at);
        bool hasValue = false;
        if (rule.Shape != RuleShape.Function && cursor.Is("contains"))
        {
            dialect.UsesKeyword(cursor.Take());
            rule = rule with { Shape = RuleShape.Partial, Keys = [.. rule.Keys, expressions.Whole()] };
            hasValue = true;
        }
        else if (cursor.TryTake(":=") || cursor.TryTake("="))
        {
            rule = rule with { Value = expressions.Whole() };
            hasValue = true;
        }

        List<Body> found = Bodies();
        if (found.Count == 0 && !hasValue)
            dialect.BareHead(rule.Name, at);
        return rule with { Bodies = found, Else = found.Count > 0 ? ElseBranches() : [] };
    }

    /// <summary>The name with its keys or parameters.</summary>
    private Rule Head(TextPosition at)
    {
        Token name = cursor.Current;
        if (name.Kind != TokenKind.Identifier || Keywords.IsReserved(name))
            throw cursor.Unexpected("the name of a rule");
        cursor.Take();
        dialect.Introduces(new Name(name.At, name.Text));

        List<Expression> keys = [];
        while (cursor.Current.IsGlued && (cursor.Is(".") || cursor.Is("[")))
            keys.Add(Key());

        if (!cursor.Current.IsGlued || !cursor.Is("("))
            return new Rule(at, name.Text, keys.Count == 0 ? RuleShape.Complete : RuleShape.Partial, null) { Keys = keys };

        Token opening = cursor.Take();
        while (!cursor.Is(")"))
        {
            keys.Add(expressions.Term());
            dialect.Introduces(keys[^1]);
            if (!cursor.TryTake(","))
                break;
        }

        cursor.Close(opening, ")");
        return new Rule(at, name.Text, RuleShape.Function, null) { Keys = keys };
    }

    private Expression Key()
    {
        Token opening = cursor.Take();
        if (opening.Text == "[")
        {
            Expression key = expressions.Whole();
            cursor.Close(opening, "]");
            return key;
        }

        Token member = cursor.Current;
        if (member.Kind != TokenKind.Identifier || !member.IsGlued || Keywords.IsReserved(member))
            throw cursor.Unexpected("a name right after the dot");
        cursor.Take();
        return new Scalar(member.At, member.Text);
    }

    private List<Body> Bodies()
    {
        List<Body> found = [];
        if (OneBody() is { } first)
            found.Add(first);
        while (found.Count > 0 && cursor.Is("{"))
            found.Add(bodies.Until(cursor.Take(), "}"));
        return found;
    }

    private Body? OneBody()
    {
        if (cursor.Is("if"))
        {
            dialect.UsesKeyword(cursor.Take());
            return cursor.Is("{") ? bodies.Until(cursor.Take(), "}") : bodies.Single();
        }

        if (!cursor.Is("{"))
            return null;
        dialect.BodyWithoutIf(cursor.Current.At);
        return bodies.Until(cursor.Take(), "}");
    }

    private List<ElseBranch> ElseBranches()
    {
        List<ElseBranch> branches = [];
        while (cursor.Is("else"))
        {
            TextPosition at = cursor.Take().At;
            Expression? value = cursor.TryTake(":=") || cursor.TryTake("=") ? expressions.Whole() : null;
            Body? body = OneBody();
            if (body is null && value is null)
                throw cursor.Unexpected("a value or a body after 'else'");
            branches.Add(new ElseBranch(at, value, body));
            if (body is null)
                break;
        }

        return branches;
    }
}
