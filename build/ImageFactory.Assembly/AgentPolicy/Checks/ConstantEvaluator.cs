using System.Globalization;
using ImageFactory.Assembly.AgentPolicy.Rego;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>
/// Computes what is sure without a request: literals, constants of the module and their members, comparisons of scalars.
/// Everything else is <see cref="Evaluated.Unknown"/>; it never guesses.
/// </summary>
internal sealed class ConstantEvaluator
{
    private readonly Dictionary<string, Expression> constants;

    public ConstantEvaluator(Module module)
    {
        constants = module.Rules
            .GroupBy(rule => rule.Name)
            .Where(group => group.Count() == 1)
            .Select(group => group.Single())
            .Where(rule => rule is { Shape: RuleShape.Complete, IsDefault: false, Bodies.Count: 0, Value: not null } && IsLiteral(rule.Value))
            .ToDictionary(rule => rule.Name, rule => rule.Value!);
    }

    /// <summary>Whether all statements hold.</summary>
    public Truth Holds(Body body)
    {
        HashSet<string> locals = Locals(body);
        Truth all = Truth.Always;
        foreach (Statement statement in body.Statements)
        {
            Truth one = Holds(statement, locals);
            if (one == Truth.Never)
                return Truth.Never;
            if (one == Truth.Unknown)
                all = Truth.Unknown;
        }

        return all;
    }

    /// <summary>The value where no local name hides a constant.</summary>
    public Evaluated Evaluate(Expression expression) => Evaluate(expression, new HashSet<string>());

    /// <summary>The value in a body, whose local names hide constants.</summary>
    public Evaluated Evaluate(Expression expression, IReadOnlySet<string> locals)
    {
        switch (expression)
        {
            case Name name:
                return !locals.Contains(name.Id) && constants.TryGetValue(name.Id, out Expression? constant) ? Evaluated.Of(constant) : Evaluated.Unknown;
            case Reference reference:
                return Follow(reference, locals);
            case Operation { Operator: "==" or "!=" or "=" } comparison:
                return Compare(comparison, locals);
            default:
                return IsLiteral(expression) ? Evaluated.Of(expression) : Evaluated.Unknown;
        }
    }

    /// <summary>Names that the body itself introduces.</summary>
    public static HashSet<string> Locals(Body body)
    {
        HashSet<string> locals = [];
        foreach (Statement statement in body.Statements)
        {
            IEnumerable<Expression> introduced = statement switch
            {
                Some some => some.Variables,
                Every every => every.Variables,
                Condition { Expression: Operation { Operator: ":=" } assignment } => [assignment.Left],
                _ => [],
            };
            locals.UnionWith(introduced.SelectMany(e => e.Descend()).OfType<Name>().Select(n => n.Id));
        }

        return locals;
    }

    private Truth Holds(Statement statement, HashSet<string> locals)
    {
        if (statement is not Condition condition || condition.With.Count > 0)
            return Truth.Unknown;
        Evaluated value = Evaluate(condition.Expression, locals);
        if (!value.IsKnown)
            return Truth.Unknown;
        bool holds = value.Value is not null and not Scalar { Value: false };
        return holds != condition.IsNegated ? Truth.Always : Truth.Never;
    }

    private Evaluated Follow(Reference reference, IReadOnlySet<string> locals)
    {
        Evaluated value = Evaluate(reference.Head, locals);
        foreach (Expression step in reference.Steps)
        {
            if (value.Value is null)
                return value;
            Evaluated key = Evaluate(step, locals);
            if (!key.IsKnown)
                return Evaluated.Unknown;
            value = key.Value is Scalar scalar ? Member(value.Value, scalar) : Evaluated.Unknown;
        }

        return value;
    }

    private static Evaluated Member(Expression container, Scalar key) => container switch
    {
        ObjectOf members => Member(members, key),
        ListOf { Kind: CollectionKind.Array } array when key.Value is NumberText number && int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) =>
            index < array.Items.Count ? Evaluated.Of(array.Items[index]) : Evaluated.Undefined,
        Scalar => Evaluated.Undefined,
        _ => Evaluated.Unknown,
    };

    private static Evaluated Member(ObjectOf container, Scalar key)
    {
        List<Expression> found = [];
        foreach ((Expression name, Expression value) in container.Members)
        {
            switch (name is Scalar scalar ? Equal(scalar, key) : null)
            {
                case null:
                    return Evaluated.Unknown;
                case true:
                    found.Add(value);
                    break;
            }
        }

        return found.Count switch
        {
            0 => Evaluated.Undefined,
            1 => Evaluated.Of(found[0]),
            _ => Evaluated.Unknown,
        };
    }

    private Evaluated Compare(Operation comparison, IReadOnlySet<string> locals)
    {
        Evaluated left = Evaluate(comparison.Left, locals);
        Evaluated right = Evaluate(comparison.Right, locals);
        if (!left.IsKnown || !right.IsKnown)
            return Evaluated.Unknown;
        if (left.Value is null || right.Value is null)
            return Evaluated.Undefined;
        if (left.Value is not Scalar a || right.Value is not Scalar b || Equal(a, b) is not { } equal)
            return Evaluated.Unknown;
        return Evaluated.Of(new Scalar(comparison.At, equal == (comparison.Operator != "!=")));
    }

    /// <summary>Null for numbers that are written differently: 1 and 1.0 are the engine's business.</summary>
    private static bool? Equal(Scalar left, Scalar right)
    {
        if (left.Value is NumberText a && right.Value is NumberText b)
            return a == b ? true : null;
        return Equals(left.Value, right.Value);
    }

    private static bool IsLiteral(Expression expression) =>
        expression.Descend().All(e => e is Scalar or ObjectOf or ListOf { Kind: CollectionKind.Array } or Negative { Operand: Scalar { Value: NumberText } });
}
