using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Decides what the rules of one name say, and finds those that contradict or undo each other.</summary>
internal sealed class CallCheck(string name, IReadOnlyList<Rule> rules, ConstantEvaluator constants, Func<TextPosition, string> place)
{
    private readonly List<Fault> faults = [];

    public IReadOnlyList<Fault> Faults => faults;

    public PolicyVerdict Verdict()
    {
        faults.Clear();
        List<Rule> complete = [.. rules.Where(rule => rule.Shape == RuleShape.Complete)];
        Rule? other = rules.FirstOrDefault(rule => rule.Shape != RuleShape.Complete);
        if (other is not null)
            Report(PolicyFaults.NotComplete(name, other.Shape == RuleShape.Function ? "a function" : "a set or an object made of parts"), other);

        List<Rule> defaults = [.. complete.Where(rule => rule.IsDefault)];
        foreach (Rule second in defaults.Skip(1))
            Report(PolicyFaults.SecondDefault(name), second);

        List<Chain> chains = [.. complete.Where(rule => !rule.IsDefault).Select(rule => Chain.Of(rule, constants))];
        FindRepetitions(chains);
        FindConflicts(chains);

        Decisions otherwise = defaults.Count == 0 ? Decisions.None : Chain.Decide(defaults[0].Value, [], constants);
        foreach (Rule wrong in chains.Where(c => c.Possible.HasFlag(Decisions.Wrong)).Select(c => c.Rule).Concat(otherwise.HasFlag(Decisions.Wrong) ? [defaults[0]] : []))
            Report(PolicyFaults.WrongType(name), wrong);
        if (otherwise == Decisions.Allow && chains.Find(c => !c.IsCertain && OnlySaysTrue(c.Rule)) is { } useless)
            Report(PolicyFaults.UselessRule(name), useless.Rule);

        return other is { Shape: RuleShape.Partial } ? PolicyVerdict.Conditional : Combine(chains, otherwise);
    }

    private static PolicyVerdict Combine(List<Chain> chains, Decisions otherwise)
    {
        Decisions possible = chains.Aggregate(Decisions.None, (all, chain) => all | chain.Possible);
        bool isCertain = chains.Any(chain => chain.IsCertain);
        if (!isCertain)
            possible |= otherwise;
        if (possible == Decisions.None)
            return PolicyVerdict.Undefined;

        // A value of a wrong type and no value at all are refused with an error.
        bool mayBeRefused = (possible & (Decisions.Refuse | Decisions.Wrong)) != 0 || (!isCertain && otherwise == Decisions.None);
        bool mayBeAllowed = possible.HasFlag(Decisions.Allow);
        return (mayBeAllowed, mayBeRefused) switch
        {
            (true, false) => PolicyVerdict.Allowed,
            (false, _) => PolicyVerdict.Denied,
            _ => PolicyVerdict.Conditional,
        };
    }

    /// <summary>A rule that gives an object may be there for its operations on the state.</summary>
    private static bool OnlySaysTrue(Rule rule) =>
        rule.Else.Select(branch => branch.Value).Prepend(rule.Value).All(value => value is null or Scalar { Value: true });

    private void FindRepetitions(List<Chain> chains)
    {
        foreach (IGrouping<string, Chain> group in chains.GroupBy(chain => chain.Rule.Canonical).Where(group => group.Count() > 1))
            Report(PolicyFaults.Repeated(name), group.ElementAt(1).Rule);
    }

    /// <summary>A rule that always gives one value beside one that can give the other.</summary>
    private void FindConflicts(List<Chain> chains)
    {
        foreach (Chain certain in chains.Where(chain => chain is { IsCertain: true, Possible: Decisions.Allow or Decisions.Refuse }))
        {
            Decisions opposite = certain.Possible == Decisions.Allow ? Decisions.Refuse : Decisions.Allow;
            if (chains.Find(chain => chain.Possible == opposite) is { } against)
            {
                Report(PolicyFaults.Conflict(name, against.Rule.At.Line), certain.Rule);
                return;
            }
        }
    }

    private void Report(Fault fault, Rule rule) => faults.Add(fault.At(place(rule.At)));
}
