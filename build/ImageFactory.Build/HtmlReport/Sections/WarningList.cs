namespace ImageFactory.Build.HtmlReport.Sections;

internal static class WarningList
{
    public static Markup Write(ReportContent content) => content.Run.Warnings.Count == 0
        ? Markup.Of($"<p>None.</p>\n")
        : Markup.Of($"<ul>\n{Markup.Join(content.Run.Warnings.Select(w => Markup.Of($"<li class=\"warn lines\">{w}</li>\n")))}</ul>\n");
}
