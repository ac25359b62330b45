namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>What changes for the host when one policy takes the place of another.</summary>
public sealed record PolicyDiff(PolicyInspection Before, PolicyInspection After, IReadOnlyList<PolicyChange> Changes)
{
    public static PolicyDiff Between(PolicyInspection before, PolicyInspection after)
    {
        Dictionary<string, PolicyRow> old = before.Rows.ToDictionary(row => row.Call);
        Dictionary<string, PolicyRow> fresh = after.Rows.ToDictionary(row => row.Call);
        IEnumerable<PolicyChange> changes = old.Keys.Union(fresh.Keys)
            .Order(StringComparer.Ordinal)
            .Select(call => new PolicyChange(call, old.GetValueOrDefault(call), fresh.GetValueOrDefault(call)))
            .Where(change => change.Effect != PolicyEffect.None);
        return new PolicyDiff(before, after, [.. changes]);
    }
}
