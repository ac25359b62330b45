using ImageFactory.Measurement.Reporting;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>What the host may ask of the agent in the image.</summary>
internal static class PolicyTable
{
    public static Markup Write(ReportContent content)
    {
        if (content.Image.AgentPolicy is not { } policy)
            return Markup.Empty;
        Markup covered = content.Measurements?.AgentPolicy is { } coverage ? Coverage(coverage) : Markup.Empty;
        Markup table = Table.Of(
            $"Calls of the agent of Kata {policy.Kata}, by {policy.Source} in {policy.Path}",
            ["call", "verdict"],
            policy.Calls.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (IReadOnlyList<Markup>)[Table.Code(c.Key), Verdict(c.Value)]));
        return Markup.Of($"{covered}{table}");
    }

    private static Markup Coverage(AgentPolicyCoverage coverage) => Markup.Of($"<p class=\"{(coverage.MayBeReplaced ? "warn" : "good")}\">{coverage.Statement}</p>\n");

    private static Markup Verdict(string verdict) => Markup.Of($"<span class=\"{verdict switch { "allowed" => "warn", "denied" => "good", _ => "faint" }}\">{verdict}</span>");
}
