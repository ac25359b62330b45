using System.Text;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Faults;

/// <summary>docs/faults.md says of every code what the sources say. <c>APPROVE=1</c> writes it anew.</summary>
public sealed class FaultPageTests
{
    private const string Head = """
        # Faults

        Every fault has a code: three letters for the area and three digits, never used for another. `./build.sh why CODE` shows its entry here. `…` stands for what is
        only known when it happens. This page is made from the sources (by the tests, with `APPROVE=1`).


        """;

    private static string PagePath => Path.Combine(Approved.Root, "docs", "faults.md");

    [Fact]
    public void The_page_says_what_the_sources_say()
    {
        StringBuilder page = new(Head);
        foreach (IGrouping<string, FaultEntry> group in FaultSources.Read().GroupBy(e => e.Code))
        {
            page.Append("## ").Append(group.Key).Append("\n\n");
            foreach (FaultEntry entry in group)
                page.Append(entry.Message).Append(entry.Hint is { Length: > 0 } hint ? $"\n\nRemedy: {hint}\n\n" : "\n\nRemedy: what is shown with it tells the place and the cause.\n\n");
        }

        string made = page.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
            File.WriteAllText(PagePath, made);

        Assert.Equal(File.ReadAllText(PagePath), made);
    }

    [Fact]
    public void Every_code_in_the_sources_has_an_entry()
    {
        HashSet<string> told = [.. FaultSources.Read().Select(e => e.Code)];
        IEnumerable<string> used = FaultSources.Files.SelectMany(f => FaultSources.CodesIn(File.ReadAllText(f)));

        Assert.Equal([], used.Distinct().Except(told));
        Assert.True(told.Count > 800);
    }

    [Theory]
    [InlineData("IFS103", "expired on", "download the current HKD")]
    [InlineData("ifv302", "the signature does not hold", "is this the signer's key?")]
    [InlineData("IFP411", "no space is left on the file system", "free some space there")]
    [InlineData("IFH050", "the .NET SDK 10 is not on this machine", "")]
    public void Why_shows_cause_and_remedy(string code, string cause, string remedy)
    {
        Answer answer = WhyAnswers.Tell(code);

        Assert.StartsWith(code.ToUpperInvariant() + "\n", answer.Text, StringComparison.Ordinal);
        Assert.Contains(cause, answer.Text, StringComparison.Ordinal);
        Assert.Contains(remedy, answer.Text, StringComparison.Ordinal);
        Assert.Contains("Remedy: ", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("## ", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_that_never_was_is_told_from_one_that_is()
    {
        FactoryException unknown = Assert.Throws<FactoryException>(() => WhyAnswers.Tell("IFS1O3"));

        Assert.Equal("IFV701", unknown.Faults[0].Code);
        Assert.Contains("IFS103", unknown.Faults[0].Hint!, StringComparison.Ordinal);
    }
}
