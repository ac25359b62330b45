namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>An expression of Rego. <see cref="Parts"/> are the expressions directly inside, statements of inner bodies included.</summary>
internal abstract record Expression(TextPosition At)
{
    public abstract IReadOnlyList<Expression> Parts { get; }

    /// <summary>The expression and everything in it, without recursion: expressions come from strangers and may be long chains.</summary>
    public IEnumerable<Expression> Descend()
    {
        Stack<Expression> waiting = new([this]);
        while (waiting.TryPop(out Expression? next))
        {
            yield return next;
            IReadOnlyList<Expression> parts = next.Parts;
            for (int i = parts.Count - 1; i >= 0; i--)
                waiting.Push(parts[i]);
        }
    }
}

/// <summary>A string, a bool, null, or a number as it was written (<see cref="NumberText"/>).</summary>
internal sealed record Scalar(TextPosition At, object? Value) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [];
}

internal sealed record NumberText(string Text);

internal sealed record Name(TextPosition At, string Id) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [];
}

/// <summary><c>head.step[step]</c>; a step after a dot is a string.</summary>
internal sealed record Reference(TextPosition At, Expression Head, IReadOnlyList<Expression> Steps) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [Head, .. Steps];
}

internal sealed record Call(TextPosition At, string Function, IReadOnlyList<Expression> Arguments) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => Arguments;
}

internal enum CollectionKind
{
    Array,
    Set,
    Object,
}

internal sealed record ListOf(TextPosition At, CollectionKind Kind, IReadOnlyList<Expression> Items) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => Items;
}

internal sealed record ObjectOf(TextPosition At, IReadOnlyList<(Expression Key, Expression Value)> Members) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [.. Members.SelectMany(m => new[] { m.Key, m.Value })];
}

internal sealed record Comprehension(TextPosition At, CollectionKind Kind, IReadOnlyList<Expression> Heads, Body Body) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [.. Heads, .. Body.Expressions];
}

/// <summary>An infix operator, <c>:=</c> and <c>=</c> among them.</summary>
internal sealed record Operation(TextPosition At, string Operator, Expression Left, Expression Right) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [Left, Right];
}

/// <summary><c>value in collection</c> or <c>key, value in collection</c>.</summary>
internal sealed record Membership(TextPosition At, Expression? Key, Expression Value, Expression Collection) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => Key is null ? [Value, Collection] : [Key, Value, Collection];
}

internal sealed record Negative(TextPosition At, Expression Operand) : Expression(At)
{
    public override IReadOnlyList<Expression> Parts => [Operand];
}
