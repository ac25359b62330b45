using System.Text.Json;
using ImageFactory.Assembly.Inspection;

namespace ImageFactory.Assembly.Tests.Inspection;

public sealed class ReportTests
{
    [Fact]
    public void The_text_is_the_approved_one()
    {
        Assert.Equal(Approved("safe.txt"), ReportText.Of(Reports.Safe()));
    }

    [Fact]
    public void No_line_is_wider_than_a_terminal_unless_a_word_is()
    {
        string[] lines = ReportText.Of(Reports.Safe()).Split('\n');

        Assert.All(lines, l => Assert.True(l.Length <= 80 || !l.TrimStart()[16..].Trim().Contains(' ', StringComparison.Ordinal), l));
    }

    [Fact]
    public void An_image_cannot_steer_the_terminal()
    {
        ImageReport safe = Reports.Safe();
        ImageReport report = safe with { Programs = [safe.Programs[0] with { CommandLine = "a\u001b[2Jb\rc" }] };

        Assert.DoesNotContain(ReportText.Of(report), c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Machines_get_the_same_facts()
    {
        ImageReport safe = Reports.Safe();
        ImageReport open = safe with { Root = safe.Root! with { OpenUsers = ["peerpod"] } };

        using JsonDocument json = JsonDocument.Parse(ReportJson.Of(open, LintRules.Check(open)));

        Assert.Equal("qcow2", json.RootElement.GetProperty("format").GetString());
        Assert.Equal(safe.Verity!.OnCommandLine!.Value.Hex, json.RootElement.GetProperty("verity").GetProperty("onCommandLine").GetString());
        Assert.Equal(177, json.RootElement.GetProperty("root").GetProperty("packages").GetProperty("count").GetInt32());
        Assert.Contains(json.RootElement.GetProperty("root").GetProperty("agentPolicy").GetProperty("calls").EnumerateArray(), c => c.GetProperty("verdict").GetString() == "denied");
        Assert.Equal("IFA901", json.RootElement.GetProperty("lint")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void Lint_that_was_not_asked_for_is_null()
    {
        using JsonDocument json = JsonDocument.Parse(ReportJson.Of(Reports.Safe(), null));

        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("lint").ValueKind);
    }

    /// <summary>Found from the test program upwards: paths of sources are not in it, since builds do not depend on their place.</summary>
    private static string Approved(string name)
    {
        string below = Path.Combine("tests", "ImageFactory.Assembly.Tests", "Inspection", "Approved", name);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, below)))
                return File.ReadAllText(Path.Combine(folder.FullName, below));
        }

        throw new FileNotFoundException(below);
    }
}
