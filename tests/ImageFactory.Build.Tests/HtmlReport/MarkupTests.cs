using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using ImageFactory.Build.HtmlReport;

namespace ImageFactory.Build.Tests.HtmlReport;

public class MarkupTests
{
    [Fact]
    public void Whatever_a_text_holds_it_stays_text() => Check.QuickThrowOnFailure(Prop.ForAll<string?>(text =>
    {
        XElement parsed = XElement.Parse(Markup.Of($"<p title=\"{text}\">{text}</p>").Text, LoadOptions.PreserveWhitespace);

        Assert.Equal(["p"], parsed.DescendantsAndSelf().Select(e => e.Name.LocalName));
        Assert.Equal(Shown(text), parsed.Value.ReplaceLineEndings("\n"));
    }));

    [Fact]
    public void Pieces_of_markup_are_kept_and_numbers_are_written_as_machines_read_them()
    {
        Markup row = Markup.Of($"<b>{Markup.Of($"<i>{"<&>"}</i>")}{1234.5:0.00}</b>");

        Assert.Equal("<b><i>&lt;&amp;&gt;</i>1234.50</b>", row.Text);
    }

    /// <summary>XML knows one kind of line end, and no control characters.</summary>
    private static string Shown(string? text) => string.Concat((text ?? "").EnumerateRunes().Select(r => r.Value is < 0x20 and not (9 or 10 or 13) or 0xfffe or 0xffff ? "\ufffd" : r.ToString())).ReplaceLineEndings("\n");
}
