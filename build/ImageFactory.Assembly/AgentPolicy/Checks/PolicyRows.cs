namespace ImageFactory.Assembly.AgentPolicy.Checks;

internal static class PolicyRows
{
    /// <summary>Changes the rows of calls and leaves those of dead and unknown names as they are.</summary>
    public static void ForEachCall(this List<PolicyRow> rows, Func<PolicyRow, PolicyRow> change)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Verdict is not (PolicyVerdict.Dead or PolicyVerdict.Unknown))
                rows[i] = change(rows[i]);
        }
    }
}
