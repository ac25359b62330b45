namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>One line of a body. All lines of a body must hold.</summary>
internal abstract record Statement(TextPosition At)
{
    /// <summary>Values that <c>with</c> puts in the place of others.</summary>
    public IReadOnlyList<(Expression Target, Expression Value)> With { get; init; } = [];

    public IEnumerable<Expression> Expressions => With.SelectMany(w => new[] { w.Target, w.Value }).Concat(Own);

    protected abstract IEnumerable<Expression> Own { get; }
}

internal sealed record Condition(TextPosition At, Expression Expression, bool IsNegated) : Statement(At)
{
    protected override IEnumerable<Expression> Own => [Expression];
}

/// <summary><c>some a, b</c> or <c>some k, v in collection</c>.</summary>
internal sealed record Some(TextPosition At, IReadOnlyList<Expression> Variables, Expression? Collection) : Statement(At)
{
    protected override IEnumerable<Expression> Own => Collection is null ? Variables : [.. Variables, Collection];
}

internal sealed record Every(TextPosition At, IReadOnlyList<Name> Variables, Expression Collection, Body Body) : Statement(At)
{
    protected override IEnumerable<Expression> Own => [.. Variables, Collection, .. Body.Expressions];
}

internal sealed record Body(TextPosition At, IReadOnlyList<Statement> Statements)
{
    public IEnumerable<Expression> Expressions => Statements.SelectMany(s => s.Expressions);
}
