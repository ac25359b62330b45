using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>When each stage ran, and for how long.</summary>
internal static class StageTimeline
{
    private const double Width = 1000;
    private const double NameWidth = 230;
    private const double RowHeight = 22;

    /// <summary>Right of a bar stands its time.</summary>
    private const double TimeWidth = 80;

    public static Markup Write(ReportContent content)
    {
        ManifestStageRun[] stages = [.. content.Run.Stages.OrderBy(s => s.Start).ThenBy(s => s.Name, StringComparer.Ordinal)];
        if (stages.Length == 0)
            return Markup.Empty;
        double last = Math.Max(0.01, stages.Max(s => s.Start + s.Seconds));
        Markup rows = Markup.Join(stages.Select((s, row) => Row(s, row, last)));
        Markup picture = Markup.Of($"""
            <figure><svg viewBox="0 0 {Width} {stages.Length * RowHeight}" role="img" aria-labelledby="stages-map-title">
            <title id="stages-map-title">When each stage ran</title>
            {rows}</svg><figcaption>{last:0.0} s from left to right. Grey: reused, nothing had to be done.</figcaption></figure>

            """);
        Markup table = Table.Of(
            "Stages", ["stage", "outcome", "began after", "took", "output"],
            stages.Select(s => (IReadOnlyList<Markup>)[Table.Cell(s.Name), Table.Cell(s.Outcome), Markup.Of($"{s.Start:0.00} s"), Markup.Of($"{s.Seconds:0.00} s"), Table.Size(s.Bytes)]));
        return Markup.Of($"{picture}<details><summary>As a table</summary>{table}</details>\n");
    }

    private static Markup Row(ManifestStageRun stage, int row, double last)
    {
        double scale = (Width - NameWidth - TimeWidth) / last;
        double y = row * RowHeight;
        double x = NameWidth + (stage.Start * scale);
        double width = Math.Max(1, stage.Seconds * scale);
        string kind = stage.Outcome == "built" ? "box" : "other";
        return Markup.Of($"""
            <text x="0" y="{y + 15}">{stage.Name}</text>
            <rect x="{x:0.##}" y="{y + 3}" width="{width:0.##}" height="{RowHeight - 6}" class="{kind}"><title>{stage.Name}: {stage.Outcome} in {stage.Seconds:0.00} s</title></rect>
            <text x="{x + width + 6:0.##}" y="{y + 15}">{stage.Seconds:0.0} s</text>

            """);
    }
}
