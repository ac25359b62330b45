using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Finds calls of functions that the agent's engine does not have.</summary>
internal static class FunctionCheck
{
    public static IEnumerable<Fault> Of(Module module, RuleGraph graph, Func<TextPosition, string> place)
    {
        HashSet<string> present = [.. AgentApi.Known.BuiltIns];
        HashSet<string> reported = [];
        string[] own = [.. module.Rules.Where(rule => rule.Shape == RuleShape.Function).Select(rule => rule.Name).Distinct()];
        foreach (Call call in module.Rules.SelectMany(RuleGraph.CallsOf).Where(graph.IsBuiltIn))
        {
            if (present.Contains(call.Function) || !reported.Add(call.Function))
                continue;
            Fault fault = IsAbsent(call.Function)
                ? PolicyFaults.AbsentBuiltIn(call.Function)
                : PolicyFaults.UnknownFunction(call.Function, NearestName.Of(call.Function, own.Concat(present)));
            yield return fault.At(place(call.At));
        }
    }

    private static bool IsAbsent(string function) =>
        AgentApi.Known.AbsentBuiltIns.Any(absent => absent.EndsWith('.') ? function.StartsWith(absent, StringComparison.Ordinal) : function == absent);
}
