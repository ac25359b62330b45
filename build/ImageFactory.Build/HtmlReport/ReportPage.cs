using System.Security.Cryptography;
using System.Text;
using ImageFactory.Build.HtmlReport.Sections;

namespace ImageFactory.Build.HtmlReport;

/// <summary>
/// <c>report.html</c>: what a build made, for people, in one file that loads nothing from anywhere. Its content security policy forbids it to, and allows the one
/// script in it by its digest.
/// </summary>
internal static class ReportPage
{
    public const string FileName = "report.html";

    private static readonly (string Id, string Title, Func<ReportContent, Markup> Write)[] Sections =
    [
        ("warnings", "Warnings", WarningList.Write),
        ("disk", "Disk", DiskMap.Write),
        ("root", "Root file system", RootTreemap.Write),
        ("packages", "Packages", PackageTable.Write),
        ("policy", "Agent policy", PolicyTable.Write),
        ("measurements", "Measurements", MeasurementChain.Write),
        ("destinations", "Destinations", DestinationTable.Write),
        ("stages", "Stages", StageTimeline.Write),
        ("inputs", "Inputs and tools", InputTables.Write),
        ("verify", "How to verify", VerifySteps.Write),
    ];

    public static string Write(ReportContent content)
    {
        string style = Resource("report.css");
        string script = Resource("report.js");
        string permitted = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        (string Id, string Title, Markup Content)[] told = [.. Sections.Select(s => (s.Id, s.Title, s.Write(content))).Where(s => s.Item3 != Markup.Empty)];
        Markup links = Markup.Join(told.Select(s => Markup.Of($"<li><a href=\"#{s.Id}\">{s.Title}</a></li>")));
        Markup body = Markup.Join(told.Select(s => Markup.Of($"<section id=\"{s.Id}\" aria-labelledby=\"{s.Id}-title\">\n<h2 id=\"{s.Id}-title\">{s.Title}</h2>\n{s.Content}</section>\n")));
        return Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8" />
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{permitted}'; base-uri 'none'; form-action 'none'" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <meta name="generator" content="ImageFactory {content.Run.FactoryVersion}" />
            <title>{content.Image.Recipe}: pod VM image</title>
            <style>{new Markup(style)}</style>
            </head>
            <body>
            <header>
            {Summary.Write(content)}</header>
            <nav aria-label="Sections"><ul>{links}</ul></nav>
            <main>
            {body}</main>
            <script>{new Markup(script)}</script>
            </body>
            </html>

            """).Text;
    }

    /// <summary>Both are ours, and have nothing that would end their element or that XML forbids.</summary>
    private static string Resource(string name)
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
