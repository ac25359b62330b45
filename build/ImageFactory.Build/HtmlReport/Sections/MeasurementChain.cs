using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Reporting;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>Each register with its values, and each value with the events that lead there.</summary>
internal static class MeasurementChain
{
    public static Markup Write(ReportContent content)
    {
        if (content.Measurements is not { } report)
            return Markup.Empty;
        string expiry = report.Expiration is { } until ? $" Reference values made from them expire {until}." : "";
        Markup confirmed = content.Run.BootCheck.Confirmed is { Count: > 0 } registers
            ? Markup.Of($"<p class=\"good\">A boot gave the predicted values of {string.Join(", ", registers)}.</p>\n")
            : Markup.Of($"<p class=\"faint\">No boot confirmed them yet.</p>\n");
        return Markup.Of($"""
            <p>Computed from the bytes of the image: {report.Boot.Chain}.{expiry}</p>
            {confirmed}{Markup.Join(report.Registers.SelectMany(r => r.Values.Select(v => Value(r, v))))}
            """);
    }

    private static Markup Value(RegisterReport register, RegisterValue value)
    {
        string when = value.When.Count == 0 ? "" : $" ({string.Join("; ", value.When)})";
        Markup doubt = value.Verified ? Markup.Empty : Markup.Of($"<p class=\"warn\">not verified: {value.NotVerified}</p>\n");
        Markup events = Table.Of("Events, in their order", ["measured", "digest", "register after it"], value.Events.Select(e => Row(e)));
        return Markup.Of($"<details><summary><strong>{register.Register}</strong>{when} {Table.Code(value.Value.Sha256)}<br /><span class=\"faint\">{register.Covers}</span></summary>\n{doubt}{events}</details>\n");
    }

    private static Markup[] Row(MeasuredEvent measured) =>
    [
        Markup.Of($"{measured.What}{(measured.Text is { } text ? Markup.Of($"<br />{Table.Code(text)}") : Markup.Empty)}"),
        Table.Code(measured.Digest.Sha256),
        Table.Code(measured.Value.Sha256),
    ];
}
