namespace ImageFactory.Build.HtmlReport.Sections;

internal static class DestinationTable
{
    public static Markup Write(ReportContent content)
    {
        if (content.Run.Publications.Count + content.Run.FailedPublications.Count == 0)
            return Markup.Of($"<p>The image was not published.</p>\n");
        IEnumerable<IReadOnlyList<Markup>> published = content.Run.Publications.Select(p => (IReadOnlyList<Markup>)
        [
            Table.Cell(p.Destination),
            Markup.Of($"<span class=\"good\">{(p.Adopted ? "was there" : "published")}</span>"),
            Markup.Of($"{Table.Code(p.Id)}{Markup.Join(p.Objects.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => Markup.Of($"<br />{o.Key}: {Table.Code(o.Value)}")))}"),
            Table.Size(p.BytesSent),
        ]);
        IEnumerable<IReadOnlyList<Markup>> failed = content.Run.FailedPublications.Select(p => (IReadOnlyList<Markup>)
        [
            Table.Cell(p.Destination), Markup.Of($"<span class=\"bad\">not there</span>"), Markup.Join(p.Faults.Select(f => Markup.Of($"<div class=\"lines\">{f}</div>"))), Markup.Empty,
        ]);
        return Table.Of("Where the image was put", ["destination", "result", "id", "sent"], published.Concat(failed));
    }
}
