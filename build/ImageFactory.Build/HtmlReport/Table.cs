using ImageFactory.Model;

namespace ImageFactory.Build.HtmlReport;

/// <summary>A table with a caption and named columns, which screen readers read out with each cell.</summary>
internal static class Table
{
    public static Markup Of(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Markup>> rows, string? id = null)
    {
        Markup head = Markup.Join(columns.Select(c => Markup.Of($"<th scope=\"col\">{c}</th>")));
        Markup body = Markup.Join(rows.Select(r => Markup.Of($"<tr>{Markup.Join(r.Select((c, i) => i == 0 ? Markup.Of($"<th scope=\"row\">{c}</th>") : Markup.Of($"<td>{c}</td>")))}</tr>\n")));
        Markup name = id is null ? Markup.Empty : Markup.Of($" id=\"{id}\"");
        return Markup.Of($"<div class=\"scroll\"><table{name}><caption>{caption}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n");
    }

    public static Markup Cell(string? text) => Markup.Of($"{text}");

    /// <summary>Digests, paths and other text that is copied.</summary>
    public static Markup Code(string? text) => string.IsNullOrEmpty(text) ? Markup.Empty : Markup.Of($"<code>{text}</code>");

    public static Markup Size(long bytes) => Markup.Of($"<span title=\"{bytes} bytes\">{ByteSize.Format(bytes)}</span>");
}
