namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>One name whose verdict or rules differ. A side is null where the name is neither a call of that release nor in the text.</summary>
public sealed record PolicyChange(string Call, PolicyRow? Before, PolicyRow? After)
{
    public PolicyEffect Effect => (Before?.Verdict, After?.Verdict) switch
    {
        var (before, after) when before == after =>
            before == PolicyVerdict.Conditional && Before!.Rules != After!.Rules ? PolicyEffect.OtherRules : PolicyEffect.None,
        _ when Freedom(Before) < Freedom(After) => PolicyEffect.Wider,
        _ when Freedom(Before) > Freedom(After) => PolicyEffect.Narrower,
        _ => PolicyEffect.Other,
    };

    private static int Freedom(PolicyRow? row) => row?.Verdict switch
    {
        PolicyVerdict.Allowed => 2,
        PolicyVerdict.Conditional => 1,
        _ => 0,
    };
}
