namespace ImageFactory.Assembly.AgentPolicy.Rego;

internal enum RuleShape
{
    /// <summary>One value under one name: what a query for a call reads.</summary>
    Complete,

    Function,

    /// <summary>A set or an object put together by several rules.</summary>
    Partial,
}

/// <summary>A rule: the value that one name has when a body holds.</summary>
/// <param name="Value">Null stands for true.</param>
internal sealed record Rule(TextPosition At, string Name, RuleShape Shape, Expression? Value)
{
    public bool IsDefault { get; init; }

    /// <summary>Parameters of a function, keys of a partial rule.</summary>
    public IReadOnlyList<Expression> Keys { get; init; } = [];

    /// <summary>Each body alone suffices; none: the rule always holds.</summary>
    public IReadOnlyList<Body> Bodies { get; init; } = [];

    public IReadOnlyList<ElseBranch> Else { get; init; } = [];

    public int EndLine { get; init; }

    /// <summary>The rule's tokens, spaced evenly: equal for two rules that differ in comments and layout only.</summary>
    public string Canonical { get; init; } = "";

    public IEnumerable<Body> AllBodies => Bodies.Concat(Else.Where(e => e.Body is not null).Select(e => e.Body!));

    public IEnumerable<Expression> Expressions =>
        Keys.Concat(Value is null ? [] : [Value])
            .Concat(Bodies.SelectMany(b => b.Expressions))
            .Concat(Else.SelectMany(e => (e.Value is null ? [] : new[] { e.Value }).Concat(e.Body?.Expressions ?? [])));
}

/// <summary>Tried when what stands before it does not hold.</summary>
internal sealed record ElseBranch(TextPosition At, Expression? Value, Body? Body);
