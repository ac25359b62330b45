using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Which rules a rule uses, and what they ask of the engine and of the request.</summary>
internal sealed class RuleGraph
{
    private readonly ILookup<string, Rule> rules;
    private readonly Dictionary<string, string> aliases;

    public RuleGraph(Module module)
    {
        rules = module.Rules.ToLookup(rule => rule.Name);
        aliases = module.Imports
            .Where(import => import.Path.StartsWith("input", StringComparison.Ordinal) || import.Path.StartsWith("data", StringComparison.Ordinal))
            .GroupBy(import => import.Alias ?? import.Path.Split('.')[^1])
            .ToDictionary(group => group.Key, group => group.First().Path);
    }

    public bool Defines(string name) => rules.Contains(name);

    /// <summary>The rules of a name and all that they use, in the order of the text.</summary>
    public IReadOnlyList<Rule> Reach(string name)
    {
        HashSet<string> seen = [name];
        Queue<string> waiting = new([name]);
        while (waiting.TryDequeue(out string? next))
        {
            foreach (string used in rules[next].SelectMany(Uses).Where(seen.Add))
                waiting.Enqueue(used);
        }

        return [.. seen.SelectMany(n => rules[n]).OrderBy(rule => rule.At.Line).ThenBy(rule => rule.At.Column)];
    }

    public static Sha256 DigestOf(IEnumerable<Rule> reached) => Sha256.Of(string.Join('\n', reached.Select(rule => rule.Canonical)));

    public IReadOnlyList<string> BuiltInsOf(IEnumerable<Rule> reached) =>
        [.. reached.SelectMany(CallsOf).Where(IsBuiltIn).Select(call => call.Function).Distinct().Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> InputPathsOf(IEnumerable<Rule> reached) =>
        [.. reached.SelectMany(InputPaths).Distinct().Order(StringComparer.Ordinal)];

    public static IEnumerable<Call> CallsOf(Rule rule) => rule.Expressions.SelectMany(e => e.Descend()).OfType<Call>();

    /// <summary>Not a function of this module, nor one reached through <c>data</c>.</summary>
    public bool IsBuiltIn(Call call)
    {
        string first = call.Function.Split('.')[0];
        return first != "data" && !aliases.ContainsKey(first) && !rules[call.Function].Any(rule => rule.Shape == RuleShape.Function);
    }

    private IEnumerable<string> Uses(Rule rule)
    {
        foreach (Expression expression in rule.Expressions.SelectMany(e => e.Descend()))
        {
            string? name = expression switch
            {
                Name used => used.Id,
                Call call => OwnName(call.Function.Split('.')),
                Reference { Head: Name { Id: "data" } } reference => OwnName(["data", .. reference.Steps.Select(s => s is Scalar { Value: string step } ? step : "")]),
                _ => null,
            };
            if (name is not null && rules.Contains(name))
                yield return name;
        }
    }

    /// <summary><c>f</c> of <c>f</c> and of <c>data.agent_policy.f</c>.</summary>
    private static string? OwnName(string[] path) => path switch
    {
        ["data", "agent_policy", var name, ..] => name,
        ["data", ..] => null,
        [var name, ..] => name,
        _ => null,
    };

    private IEnumerable<string> InputPaths(Rule rule)
    {
        HashSet<Expression> heads = new(ReferenceEqualityComparer.Instance);
        foreach (Expression expression in rule.Expressions.SelectMany(e => e.Descend()))
        {
            if (expression is Reference reference)
            {
                heads.Add(reference.Head);
                if (InputName(reference.Head) is { } path)
                    yield return path + string.Concat(reference.Steps.Select(Step));
            }
            else if (!heads.Contains(expression) && InputName(expression) is { } whole)
            {
                yield return whole;
            }
        }
    }

    private static string Step(Expression step) => step switch
    {
        Scalar { Value: string name } => $".{name}",
        Scalar { Value: NumberText index } => $"[{index.Text}]",
        _ => "[_]",
    };

    private string? InputName(Expression head) => head switch
    {
        Name { Id: "input" } => "input",
        Name name when aliases.TryGetValue(name.Id, out string? path) && path.StartsWith("input", StringComparison.Ordinal) => path,
        _ => null,
    };
}
