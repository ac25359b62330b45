namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>
/// Parses expressions. From loose to tight: <c>in</c>; comparisons; <c>|</c>; <c>&amp;</c>; <c>+ -</c>; <c>* / %</c>.
/// A line that starts with an operator continues the one before, as in the agent's engine.
/// </summary>
internal sealed class ExpressionParser(TokenCursor cursor, Dialect dialect)
{
    private const int Comparison = 1;
    private const int Union = 2;
    private const int Intersection = 3;

    private static readonly Dictionary<string, int> Precedence = new()
    {
        ["=="] = Comparison,
        ["!="] = Comparison,
        ["<"] = Comparison,
        ["<="] = Comparison,
        [">"] = Comparison,
        [">="] = Comparison,
        ["|"] = Union,
        ["&"] = Intersection,
        ["+"] = 4,
        ["-"] = 4,
        ["*"] = 5,
        ["/"] = 5,
        ["%"] = 5,
    };

    private BodyParser? bodies;

    private BodyParser Bodies => bodies ??= new BodyParser(cursor, this, dialect);

    /// <summary>Where one value is expected: an item, an argument, an index.</summary>
    public Expression Item() => MembershipTail(Infix(Comparison));

    /// <summary>A collection after <c>in</c>.</summary>
    public Expression Comparable() => Infix(Comparison);

    /// <summary>Where <c>key, value in collection</c> may stand, too: a statement, in parentheses, right of an assignment.</summary>
    public Expression Whole()
    {
        Expression first = Infix(Comparison);
        if (!cursor.Is(","))
            return MembershipTail(first);

        cursor.Take();
        Expression value = Infix(Comparison);
        if (!cursor.Is("in"))
            throw cursor.Unexpected("'in'");
        dialect.UsesKeyword(cursor.Take());
        return MembershipTail(new Membership(first.At, first, value, Infix(Comparison)));
    }

    /// <summary>A term: no operator outside of brackets.</summary>
    public Expression Term()
    {
        cursor.Enter();
        Expression term = Steps(Start());
        cursor.Leave();
        return term;
    }

    private Expression MembershipTail(Expression value)
    {
        for (int length = 1; cursor.Is("in"); length++)
        {
            cursor.CheckChain(length);
            dialect.UsesKeyword(cursor.Take());
            value = new Membership(value.At, null, value, Infix(Comparison));
        }

        return value;
    }

    private Expression Infix(int minimum) => Continue(Term(), minimum);

    private Expression Continue(Expression left, int minimum)
    {
        int length = 0;
        while (cursor.Current.Kind == TokenKind.Symbol && Precedence.TryGetValue(cursor.Current.Text, out int precedence) && precedence >= minimum)
        {
            cursor.CheckChain(++length);
            string symbol = cursor.Take().Text;
            cursor.Enter();
            left = new Operation(left.At, symbol, left, Infix(precedence + 1));
            cursor.Leave();
        }

        return left;
    }

    private Expression Start()
    {
        Token token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.String:
                cursor.Take();
                return new Scalar(token.At, token.Text);
            case TokenKind.Number:
                cursor.Take();
                return new Scalar(token.At, new NumberText(token.Text));
            case TokenKind.Identifier when token.Text is "true" or "false":
                cursor.Take();
                return new Scalar(token.At, token.Text == "true");
            case TokenKind.Identifier when token.Text == "null":
                cursor.Take();
                return new Scalar(token.At, null);
            case TokenKind.Identifier when !Keywords.IsReserved(token):
                cursor.Take();
                return new Name(token.At, token.Text);
            case TokenKind.Symbol when token.Text == "[":
                return ArrayOrComprehension(cursor.Take());
            case TokenKind.Symbol when token.Text == "{":
                return Braces(cursor.Take());
            case TokenKind.Symbol when token.Text == "(":
                cursor.Take();
                Expression inner = Whole();
                cursor.Close(token, ")");
                return inner;
            case TokenKind.Symbol when token.Text == "-":
                cursor.Take();
                return new Negative(token.At, Term());
            default:
                throw cursor.Unexpected("an expression");
        }
    }

    /// <summary>What hangs on a term without a space: <c>.name</c>, <c>[index]</c>, <c>(arguments)</c>.</summary>
    private Expression Steps(Expression head)
    {
        List<Expression> steps = [];
        while (cursor.Current.IsGlued)
        {
            if (cursor.Is("."))
            {
                cursor.Take();
                steps.Add(Member());
            }
            else if (cursor.Is("["))
            {
                Token opening = cursor.Take();
                steps.Add(Item());
                cursor.Close(opening, "]");
            }
            else if (cursor.Is("(") && FunctionName(head, steps) is { } function)
            {
                head = Called(head.At, function);
                steps = [];
            }
            else
            {
                break;
            }
        }

        return steps.Count == 0 ? head : new Reference(head.At, head, steps);
    }

    private Scalar Member()
    {
        Token name = cursor.Current;
        if (name.Kind != TokenKind.Identifier || !name.IsGlued || Keywords.IsReserved(name))
            throw cursor.Unexpected("a name right after the dot");
        cursor.Take();
        return new Scalar(name.At, name.Text);
    }

    /// <summary>The dotted name of a function, or null for what cannot be called.</summary>
    private static string? FunctionName(Expression head, List<Expression> steps)
    {
        if (head is not Name name || !steps.All(step => step is Scalar { Value: string }))
            return null;
        return string.Join('.', steps.Select(step => (string)((Scalar)step).Value!).Prepend(name.Id));
    }

    private Expression Called(TextPosition at, string function)
    {
        Token opening = cursor.Take();
        List<Expression> arguments = Items(opening, ")", []);
        return function == "set" && arguments.Count == 0
            ? new ListOf(at, CollectionKind.Set, [])
            : new Call(at, function, arguments);
    }

    private Expression ArrayOrComprehension(Token opening)
    {
        if (cursor.TryTake("]"))
            return new ListOf(opening.At, CollectionKind.Array, []);

        Expression first = HeadOrItem();
        return cursor.Is("|")
            ? Comprehended(opening, CollectionKind.Array, [first], "]")
            : new ListOf(opening.At, CollectionKind.Array, Items(opening, "]", [Rest(first)]));
    }

    private Expression Braces(Token opening)
    {
        if (cursor.TryTake("}"))
            return new ObjectOf(opening.At, []);

        Expression first = HeadOrItem();
        if (cursor.Is("|"))
            return Comprehended(opening, CollectionKind.Set, [first], "}");

        first = Rest(first);
        return cursor.TryTake(":")
            ? ObjectOrComprehension(opening, first)
            : new ListOf(opening.At, CollectionKind.Set, Items(opening, "}", [first]));
    }

    private Expression ObjectOrComprehension(Token opening, Expression key)
    {
        Expression value = HeadOrItem();
        if (cursor.Is("|"))
            return Comprehended(opening, CollectionKind.Object, [key, value], "}");

        List<(Expression Key, Expression Value)> members = [(key, Rest(value))];
        while (cursor.TryTake(",") && !cursor.Is("}"))
        {
            key = Item();
            cursor.Expect(":");
            members.Add((key, Item()));
        }

        cursor.Close(opening, "}");
        return new ObjectOf(opening.At, members);
    }

    /// <summary>Stops before a <c>|</c>: after the first item it starts a comprehension, never a union.</summary>
    private Expression HeadOrItem() => Infix(Intersection);

    private Expression Rest(Expression first) => MembershipTail(Continue(first, Comparison));

    private Comprehension Comprehended(Token opening, CollectionKind kind, IReadOnlyList<Expression> heads, string closing)
    {
        cursor.Expect("|");
        cursor.Enter();
        Body body = Bodies.Until(opening, closing);
        cursor.Leave();
        return new Comprehension(opening.At, kind, heads, body);
    }

    /// <summary>The items up to the closing bracket, which may follow a last comma.</summary>
    private List<Expression> Items(Token opening, string closing, List<Expression> items)
    {
        if (items.Count == 0 && !cursor.Is(closing))
            items.Add(Item());
        while (cursor.TryTake(",") && !cursor.Is(closing))
            items.Add(Item());
        cursor.Close(opening, closing);
        return items;
    }
}
