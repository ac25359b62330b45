using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

internal static class AgentPolicyRules
{
    private static readonly string[] Sources = ["preset", "file", "base64"];

    public static void Check(AgentPolicySettings _, RecordScope scope)
    {
        List<string> written = [.. Sources.Where(s => scope.IsWritten(s))];
        if (written.Count > 1)
            scope.Report(written[^1], _ => RuleFaults.PolicySources(written));
    }
}
