using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Makes the table of a parsed policy and finds everything that is wrong or doubtful in it.</summary>
internal sealed class ModuleInspector
{
    private readonly Module module;
    private readonly AgentApiRelease api;
    private readonly Func<TextPosition, string> place;
    private readonly ConstantEvaluator constants;
    private readonly RuleGraph graph;
    private readonly ILookup<string, Rule> rules;
    private readonly List<PolicyRow> rows = [];
    private readonly List<Fault> faults = [];

    /// <summary>Calls whose rules end in an evaluation error: nothing lifts that.</summary>
    private readonly HashSet<string> failing = [];

    public ModuleInspector(Module module, AgentApiRelease api, Func<TextPosition, string> place)
    {
        this.module = module;
        this.api = api;
        this.place = place;
        constants = new ConstantEvaluator(module);
        graph = new RuleGraph(module);
        rules = module.Rules.ToLookup(rule => rule.Name);
    }

    public IReadOnlyList<PolicyRow> Rows => rows;

    public IReadOnlyList<Fault> Faults => faults;

    public void Run(PolicyStance stance)
    {
        bool isAsked = module.Package == "agent_policy";
        if (!isAsked)
            faults.Add(PolicyFaults.Package(module.Package).At(place(module.PackageAt)));
        faults.AddRange(DialectCheck.Of(module, api, place));
        faults.AddRange(module.BareHeads.Select(head => PolicyFaults.BareHead(head.Name).At(place(head.At))));
        faults.AddRange(FunctionCheck.Of(module, graph, place));

        foreach (AgentCall call in api.Calls)
            rows.Add(RowOf(call));
        AddDeadNames();
        AddUnknownNames();
        CheckMissing();
        faults.AddRange(PatternCheck.Of(module, constants, place));
        WarnOfRisks(stance);
        if (isAsked)
            ApplyPseudoRule();
        else
            rows.ForEachCall(row => row with { Verdict = PolicyVerdict.Undefined, Note = "in another package", BuiltIns = [], InputPaths = [] });
    }

    private PolicyRow RowOf(AgentCall call)
    {
        IReadOnlyList<Rule> own = [.. rules[call.Name]];
        PolicyVerdict verdict = Decide(call.Name, own);
        PolicyRow row = new(call.Name, verdict) { Lines = LinesOf(own) };
        if (own.Count == 0)
            return row with { Note = "no rule: internal error" };

        IReadOnlyList<Rule> reached = graph.Reach(call.Name);
        row = row with { Rules = RuleGraph.DigestOf(reached) };
        return verdict switch
        {
            PolicyVerdict.Allowed => row with { Note = call.Risk },
            PolicyVerdict.Undefined => row with { Note = "its rules never hold: internal error" },
            PolicyVerdict.Conditional => row with
            {
                Note = own.Any(rule => rule.IsDefault) ? null : "no default: an internal error where no rule holds",
                BuiltIns = graph.BuiltInsOf(reached),
                InputPaths = graph.InputPathsOf(reached),
            },
            _ => row,
        };
    }

    private PolicyVerdict Decide(string name, IReadOnlyList<Rule> own)
    {
        CallCheck check = new(name, own, constants, place);
        PolicyVerdict verdict = check.Verdict();
        faults.AddRange(check.Faults);
        if (check.Faults.Any(fault => fault.Severity == Severity.Error))
            failing.Add(name);
        return verdict;
    }

    private void AddDeadNames()
    {
        List<string> dead = [.. AgentApi.Known.DeadNames.Where(rules.Contains)];
        foreach (string name in dead)
            rows.Add(new PolicyRow(name, PolicyVerdict.Dead) { Lines = LinesOf(rules[name]), Note = "no agent asks for it" });
        if (dead.Count > 0)
            faults.Add(PolicyFaults.Dead(dead).At(place(rules[dead[0]].First().At)));
    }

    private void AddUnknownNames()
    {
        foreach (IGrouping<string, Rule> group in rules)
        {
            if (group.Key == AgentApi.PseudoRule || api.Find(group.Key) is not null || AgentApi.Known.DeadNames.Contains(group.Key))
                continue;
            string? meant = MisnamedCall.MeantBy(group.Key, group, api);
            bool isOfAnotherRelease = AgentApi.Known.Calls.Any(call => call.Name == group.Key);
            if (meant is null && !isOfAnotherRelease && !MisnamedCall.LooksLikeCall(group.Key, group))
                continue;

            Fault fault = isOfAnotherRelease || meant is null ? PolicyFaults.NoSuchCall(group.Key, api.Release) : PolicyFaults.Misnamed(group.Key, meant);
            faults.Add(fault.At(place(group.First().At)));
            rows.Add(new PolicyRow(group.Key, PolicyVerdict.Unknown)
            {
                Lines = LinesOf(group),
                Note = isOfAnotherRelease ? $"no call of Kata {api.Release}" : meant is null ? "no such call" : $"no such call; {meant}?",
            });
        }
    }

    private void CheckMissing()
    {
        List<AgentCall> missing = [.. api.Calls.Where(call => !rules.Contains(call.Name))];
        if (missing.Count == api.Calls.Count)
            faults.Add(PolicyFaults.NoRule(api.Release).At(place(module.PackageAt)));
        else if (missing.Count > 0)
            faults.Add(PolicyFaults.Missing([.. missing.Select(Described)], api.Release).At(place(module.PackageAt)));

        static string Described(AgentCall call) => call.Since > KataRelease.FirstWithPolicy ? $"{call.Name} (since {call.Since})" : call.Name;
    }

    private void WarnOfRisks(PolicyStance stance)
    {
        foreach (PolicyRow row in rows.Where(row => row.Verdict == PolicyVerdict.Allowed))
        {
            string? risk = api.Find(row.Call)?.Risk;
            if (risk is null || (stance.IsShipped && (row.Call != "SetPolicyRequest" || !stance.IsMeasured)))
                continue;
            Fault fault = row.Call switch
            {
                "SetPolicyRequest" => PolicyFaults.SetPolicy(stance.IsMeasured),
                "CreateContainerRequest" => PolicyFaults.CreateContainer(risk),
                _ => PolicyFaults.Risky(row.Call, risk),
            };
            faults.Add(fault.At(place(rules[row.Call].First().At)));
        }
    }

    /// <summary>One line can turn the policy off; then the table says what really happens, not what the other lines hope.</summary>
    private void ApplyPseudoRule()
    {
        IReadOnlyList<Rule> own = [.. rules[AgentApi.PseudoRule]];
        if (own.Count == 0)
            return;
        PolicyVerdict verdict = Decide(AgentApi.PseudoRule, own);
        if (verdict is not (PolicyVerdict.Allowed or PolicyVerdict.Conditional))
            return;

        bool isCertain = verdict == PolicyVerdict.Allowed;
        faults.Insert(0, PolicyFaults.PolicyIsOff(isCertain).At(place(own[0].At)));
        rows.ForEachCall(row =>
            row.Verdict == PolicyVerdict.Allowed || failing.Contains(row.Call) ? row
            : isCertain ? row with { Verdict = PolicyVerdict.Allowed, Note = "policy failures ignored", BuiltIns = [], InputPaths = [] }
            : row with { Verdict = PolicyVerdict.Conditional, Note = $"{AgentApi.PseudoRule} may lift every refusal" });
    }

    private static string LinesOf(IEnumerable<Rule> own) =>
        string.Join(", ", own.OrderBy(rule => rule.At.Line).Select(rule => rule.At.Line == rule.EndLine ? $"{rule.At.Line}" : $"{rule.At.Line}-{rule.EndLine}").Distinct());
}
