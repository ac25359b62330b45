using System.Text;

namespace ImageFactory.Assembly.AgentPolicy.Rendering;

/// <summary>What <c>policy diff</c> prints for a person: at most 80 columns.</summary>
public static class PolicyDiffTable
{
    public static string Of(PolicyDiff diff)
    {
        StringBuilder text = new();
        text.Append($"--- {Side(diff.Before)}\n+++ {Side(diff.After)}\n");
        if (diff.Changes.Count == 0)
            return text.Append("\nno call changes\n").ToString();

        text.Append('\n');
        foreach (PolicyChange change in diff.Changes)
            text.Append($"{Sign(change.Effect)} {change.Call,-38} {Word(change.Before)} -> {Word(change.After)}{Remark(change.Effect)}\n");
        return text.Append($"\n{Summary(diff)}\n").ToString();
    }

    private static string Side(PolicyInspection inspection) => $"{inspection.Name}, Kata {inspection.Kata}";

    private static string Word(PolicyRow? row) => row is null ? "no call" : PolicyTable.WordOf(row.Verdict);

    private static char Sign(PolicyEffect effect) => effect switch
    {
        PolicyEffect.Wider => '+',
        PolicyEffect.Narrower => '-',
        _ => '~',
    };

    private static string Remark(PolicyEffect effect) => effect == PolicyEffect.OtherRules ? ", other rules" : "";

    private static string Summary(PolicyDiff diff) =>
        string.Join(", ", diff.Changes.GroupBy(change => Sign(change.Effect)).OrderBy(group => "+-~".IndexOf(group.Key, StringComparison.Ordinal)).Select(group => group.Key switch
        {
            '+' => $"{group.Count()} wider",
            '-' => $"{group.Count()} narrower",
            _ => $"{group.Count()} changed without being wider or narrower",
        }));
}
