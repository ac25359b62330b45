using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Tells a call's misspelt name from a rule that only serves others.</summary>
internal static class MisnamedCall
{
    private const string Suffix = "Request";

    /// <summary>The call that may be meant: the one whose RPC has this name, else the nearest in letters.</summary>
    public static string? MeantBy(string name, IEnumerable<Rule> rules, AgentApiRelease api)
    {
        if (rules.All(rule => rule.Shape == RuleShape.Function))
            return null;

        string bare = WithoutSuffix(name);
        AgentCall? byRpc = api.Calls.FirstOrDefault(call => call.Rpcs.Contains(bare, StringComparer.OrdinalIgnoreCase) || WithoutSuffix(call.Name) == bare);
        return byRpc?.Name ?? (IsCamel(name) ? NearestName.Of(name, api.Calls.Select(call => call.Name).Append(AgentApi.PseudoRule)) : null);
    }

    /// <summary>Named like a request although no call is like it.</summary>
    public static bool LooksLikeCall(string name, IEnumerable<Rule> rules) =>
        name.EndsWith(Suffix, StringComparison.Ordinal) && IsCamel(name) && rules.Any(rule => rule.Shape != RuleShape.Function);

    private static string WithoutSuffix(string name) => name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;

    /// <summary>Calls are written in one word; helpers usually with underscores.</summary>
    private static bool IsCamel(string name) => !name.Contains('_', StringComparison.Ordinal);
}
