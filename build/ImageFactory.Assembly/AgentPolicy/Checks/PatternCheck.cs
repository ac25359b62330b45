using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>
/// Finds patterns of <c>regex.match</c> that are satisfied by a part of the text. Patterns are followed into constants, and into
/// constant lists that <c>some</c>, <c>every</c> or <c>[_]</c> goes through; those that come out of the request are not known here.
/// </summary>
internal static class PatternCheck
{
    public static IEnumerable<Fault> Of(Module module, ConstantEvaluator constants, Func<TextPosition, string> place)
    {
        HashSet<(string, TextPosition)> reported = [];
        foreach (Rule rule in module.Rules)
        {
            ILookup<string, Expression> sources = Sources(rule);
            foreach (Call call in RuleGraph.CallsOf(rule).Where(call => call is { Function: "regex.match", Arguments.Count: > 0 }))
            {
                foreach (Scalar pattern in Patterns(call.Arguments[0], sources, constants))
                {
                    string text = (string)pattern.Value!;
                    if (!IsAnchored(text) && reported.Add((text, pattern.At)))
                        yield return PolicyFaults.Unanchored(text).At(place(pattern.At));
                }
            }
        }
    }

    /// <summary>By the name of a variable, what it is taken from.</summary>
    private static ILookup<string, Expression> Sources(Rule rule) =>
        rule.AllBodies.SelectMany(Statements)
            .Select(statement => statement switch
            {
                Some { Collection: not null, Variables: [.., Name last] } some => (last.Id, Element: some.Collection),
                Every { Variables: [.., var last] } every => (last.Id, Element: every.Collection),
                _ => (Id: "", Element: null!),
            })
            .Where(source => source.Element is not null)
            .ToLookup(source => source.Id, source => source.Element);

    private static IEnumerable<Statement> Statements(Body body) =>
        body.Statements.SelectMany(statement => statement is Every every ? Statements(every.Body).Prepend(statement) : [statement]);

    private static IEnumerable<Scalar> Patterns(Expression pattern, ILookup<string, Expression> sources, ConstantEvaluator constants)
    {
        if (constants.Evaluate(pattern).Value is Scalar { Value: string } known)
            return [known];
        return pattern switch
        {
            Name name => sources[name.Id].SelectMany(source => Elements(constants.Evaluate(source).Value)),
            Reference { Steps: [.., Name] } reference => Elements(constants.Evaluate(WithoutLast(reference)).Value),
            _ => [],
        };
    }

    private static Expression WithoutLast(Reference reference) =>
        reference.Steps.Count == 1 ? reference.Head : reference with { Steps = [.. reference.Steps.SkipLast(1)] };

    private static IEnumerable<Scalar> Elements(Expression? collection) => collection switch
    {
        ListOf list => list.Items.OfType<Scalar>().Where(item => item.Value is string),
        ObjectOf members => members.Members.Select(m => m.Value).OfType<Scalar>().Where(item => item.Value is string),
        _ => [],
    };

    /// <summary>Each alternative outside of groups must be bound at both ends: <c>^a|b$</c> is not.</summary>
    private static bool IsAnchored(string pattern) => Alternatives(pattern).All(IsBound);

    private static IEnumerable<string> Alternatives(string pattern)
    {
        int start = 0;
        int groups = 0;
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    break;
                case '[':
                    inClass = true;
                    break;
                case ']':
                    inClass = false;
                    break;
                case '(' when !inClass:
                    groups++;
                    break;
                case ')' when !inClass:
                    groups--;
                    break;
                case '|' when !inClass && groups == 0:
                    yield return pattern[start..i];
                    start = i + 1;
                    break;
            }
        }

        yield return pattern[start..];
    }

    private static bool IsBound(string pattern) =>
        (pattern.StartsWith('^') || pattern.StartsWith("\\A", StringComparison.Ordinal))
        && (pattern.EndsWith('$') || pattern.EndsWith("\\z", StringComparison.Ordinal))
        && !pattern.EndsWith("\\$", StringComparison.Ordinal);
}
