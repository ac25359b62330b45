using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.HtmlReport.Sections;

internal static class VerifySteps
{
    public static Markup Write(ReportContent content)
    {
        string image = ShellText.Quote(content.Image.Artifacts[0].File);
        Markup measure = content.Measurements is null ? Markup.Empty : Markup.Of($"./build.sh measure {image}\n");
        Markup boot = content.Image.AgentPolicy is null ? Markup.Empty : Markup.Of($"./build.sh --target BootCheck\n");
        return Markup.Of($"""
            <p>In the folder of this report: the files are those that the build left,</p>
            <pre><code>sha256sum --check SHA256SUMS</code></pre>
            <p>the bytes of the image give these values, and a boot gives them too:</p>
            <pre><code>{measure}{boot}./build.sh inspect {image}</code></pre>
            <p>The same recipe with the same inputs gives the same bytes: build it again elsewhere and compare the digest above. This page is a view of
            <code>manifest.json</code>, and proves nothing by itself.</p>

            """);
    }
}
