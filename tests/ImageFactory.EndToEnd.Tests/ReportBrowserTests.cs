using Microsoft.Playwright;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>The report of the first build, in a real browser that reaches nothing.</summary>
[Trait("needs", "mmdebstrap, package mirror, chromium")]
[Collection(nameof(FirstBuild))]
public sealed class ReportBrowserTests
{
    private const string Chromium = "/usr/bin/chromium";

    private readonly FirstBuild first;

    public ReportBrowserTests(FirstBuild first)
    {
        this.first = first;
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");
        Assert.SkipUnless(File.Exists(Chromium), "chromium is not installed");
        Assert.True(first.Outcome!.ExitCode == 0, first.Outcome.ToString());
    }

    private string Page => new Uri(first.Workshop!.Artifact("report.html")).AbsoluteUri;

    [Theory]
    [InlineData(ColorScheme.Light, 1200)]
    [InlineData(ColorScheme.Dark, 1200)]
    [InlineData(ColorScheme.Light, 400)]
    public async Task It_opens_without_network_and_without_a_word_on_the_console(ColorScheme scheme, int width)
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await OpenAsync(playwright);
        await using IBrowserContext context = await browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        IPage page = await context.NewPageAsync();
        List<string> said = [];
        List<string> asked = [];
        page.Console += (_, message) => said.Add(message.Text);
        page.PageError += (_, error) => said.Add(error);
        page.Request += (_, request) => asked.Add(request.Url);

        await page.GotoAsync(Page);
        string background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        bool scrolls = await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth");

        Assert.Equal([Page], asked);
        Assert.Empty(said);
        Assert.Equal(scheme == ColorScheme.Light ? "rgb(255, 255, 255)" : "rgb(15, 20, 25)", background);
        Assert.False(scrolls, "the page is wider than its window");
        Assert.Equal("podvm-debian-dev", await page.Locator("h1").TextContentAsync());
        Assert.True(await page.Locator("#package-table tbody tr").CountAsync() > 100);
    }

    [Fact]
    public async Task The_filter_shows_the_packages_with_all_words_and_says_how_many()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await OpenAsync(playwright);
        IPage page = await browser.NewPageAsync();
        await page.GotoAsync(Page);
        string[] names = [.. await page.Locator("#package-table tbody th").AllTextContentsAsync()];

        await page.GetByLabel("Show those with").FillAsync("SYSTEMD lib");

        string[] expected = [.. names.Where(n => n.Contains("systemd", StringComparison.Ordinal) && n.Contains("lib", StringComparison.Ordinal))];
        string[] shown = [.. await page.Locator("#package-table tbody tr:visible th").AllTextContentsAsync()];
        Assert.NotEmpty(expected);
        Assert.Empty(expected.Except(shown));
        Assert.DoesNotContain("adduser", shown);
        Assert.Equal($"{shown.Length} of {names.Length} packages", await page.Locator("#package-count").TextContentAsync());
    }

    [Fact]
    public async Task Text_is_legible_and_printing_opens_what_is_folded()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await OpenAsync(playwright);
        IPage page = await browser.NewPageAsync();
        await page.GotoAsync(Page);
        int folded = await page.Locator("details:not([open])").CountAsync();

        byte[] pdf = await page.PdfAsync();
        int left = await page.Locator("details:not([open])").CountAsync();

        Assert.True(folded > 5);
        Assert.Equal(0, left);
        Assert.Equal("%PDF"u8, pdf.AsSpan(0, 4));
        foreach (string element in new[] { "dt", "dd", "caption", ".warn", ".banner", "a" })
            Assert.True(await ContrastAsync(page, element) >= 4.5, $"{element}: {await ContrastAsync(page, element)}");
    }

    /// <summary>Contrast of an element's text with the page (WCAG 2.2, 1.4.3: at least 4.5).</summary>
    private static Task<double> ContrastAsync(IPage page, string element) => page.EvaluateAsync<double>(
        """
        selector => {
            const light = color => {
                const [r, g, b] = color.match(/[0-9.]+/g).map(v => Number(v) / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const [low, high] = [light(getComputedStyle(document.querySelector(selector)).color), light(getComputedStyle(document.body).backgroundColor)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
        }
        """,
        element);

    /// <summary>Root may not use the browser's own sandbox; no name is resolved.</summary>
    private static Task<IBrowser> OpenAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Chromium,
        ChromiumSandbox = false,
        Args = ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"],
    });
}
