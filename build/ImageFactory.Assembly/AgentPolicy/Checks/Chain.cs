using ImageFactory.Assembly.AgentPolicy.Rego;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>One rule with its <c>else</c> branches: the values that it can give, of which at most one is given.</summary>
/// <param name="Possible">Every decision that the rule may come to; both bits where that is not known.</param>
/// <param name="IsCertain">It gives a value whatever the request is.</param>
internal sealed record Chain(Rule Rule, Decisions Possible, bool IsCertain)
{
    public static Chain Of(Rule rule, ConstantEvaluator constants)
    {
        Decisions possible = Decisions.None;
        Truth primary = rule.Bodies.Count == 0 ? Truth.Always : rule.Bodies.Max(constants.Holds);
        if (primary != Truth.Never)
            possible |= Decide(rule.Value, rule.Bodies, constants);
        if (primary == Truth.Always)
            return new Chain(rule, possible, possible != Decisions.None);

        foreach (ElseBranch branch in rule.Else)
        {
            IReadOnlyList<Body> bodies = branch.Body is null ? [] : [branch.Body];
            Truth holds = branch.Body is null ? Truth.Always : constants.Holds(branch.Body);
            if (holds != Truth.Never)
                possible |= Decide(branch.Value, bodies, constants);
            if (holds == Truth.Always)
                return new Chain(rule, possible, possible != Decisions.None);
        }

        return new Chain(rule, possible, false);
    }

    public static Decisions Decide(Expression? value, IReadOnlyList<Body> bodies, ConstantEvaluator constants)
    {
        if (value is null)
            return Decisions.Allow;

        HashSet<string> locals = [.. bodies.SelectMany(ConstantEvaluator.Locals)];
        if (value is ObjectOf made)
            return Allowed(made, locals, constants);
        if (value is ListOf or Comprehension)
            return Decisions.Wrong;

        Evaluated evaluated = constants.Evaluate(value, locals);
        return evaluated.IsKnown ? Decide(evaluated.Value) : Decisions.Allow | Decisions.Refuse;
    }

    /// <summary><c>{"allowed": …, "ops": …}</c>, whose operations need not be known.</summary>
    private static Decisions Allowed(ObjectOf made, HashSet<string> locals, ConstantEvaluator constants)
    {
        if (!made.Members.All(m => m.Key is Scalar))
            return Decisions.Allow | Decisions.Refuse;
        List<Expression> allowed = [.. made.Members.Where(m => m.Key is Scalar { Value: "allowed" }).Select(m => m.Value)];
        if (allowed.Count != 1)
            return Decisions.Wrong;
        Evaluated evaluated = constants.Evaluate(allowed[0], locals);
        return evaluated switch
        {
            { IsKnown: false } => Decisions.Allow | Decisions.Refuse,
            { Value: Scalar { Value: bool } } => Decide(evaluated.Value),
            { Value: null } => Decisions.None,
            _ => Decisions.Wrong,
        };
    }

    private static Decisions Decide(Expression? value) => value switch
    {
        null => Decisions.None,
        Scalar { Value: true } => Decisions.Allow,
        Scalar { Value: false } => Decisions.Refuse,
        ObjectOf made when made.Members.Any(m => m is { Key: Scalar { Value: "allowed" }, Value: Scalar { Value: true } }) => Decisions.Allow,
        ObjectOf made when made.Members.Any(m => m is { Key: Scalar { Value: "allowed" }, Value: Scalar { Value: false } }) => Decisions.Refuse,
        _ => Decisions.Wrong,
    };
}
