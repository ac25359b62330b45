using System.Text.RegularExpressions;
using ImageFactory.Recipes.Rules;

namespace ImageFactory.Recipes.Tests;

/// <summary>The patterns that editors get say the same as the checks, or less: an editor never refuses what the factory takes.</summary>
public sealed class GrammarTests
{
    private static readonly Dictionary<string, TextRule> Rules = typeof(Grammar)
        .GetProperties()
        .Where(p => p.PropertyType == typeof(TextRule))
        .ToDictionary(p => p.Name, p => (TextRule)p.GetValue(null)!);

    private static readonly string[] Samples =
    [
        "", " ", "a", "ab", "a-b", "A", "a.b", "-a", "a-", "0ad", "g++", "a_b", "a b", "/", "/a", "/a/b", "/a/", "a/b", "./a", "../a", "/a/../b", "0644", "123456789012", "644", "0888", "04755", "7",
        "4.1", "4", "4.1.0", "3.30", "4.1-rc", "a.service", "a@b.service", ".service", "a", "a.exe", "-.mount", @"dev-x\x2d.swap", "console=ttyS0", "a=b c", "auto", "4GiB", "64MiB", "1TiB",
        "4GB", "GiB", "-4GiB", "http://a", "https://a/b", "file:///a", "ftp://a", "http://a b", "https://u:p@a/", "cGFja2FnZQo=", "cGFja2FnZQo", "AAAA", "AA==", "====", "trixie",
        "non-free-firmware", new('a', 63), new('a', 64), new('0', 64), new('F', 64), new('g', 64), "2027-12-31T00:00:00Z", "2027-02-30T00:00:00Z", "2027-12-31", "77fa9abd-0359-4d32-bd60-28f4e78f784b", "a\nb", "a\n", "ä",
    ];

    public static TheoryData<string> Names => [.. Rules.Where(r => r.Value.Pattern is not null).Select(r => r.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_editor_never_refuses_what_the_factory_takes(string name)
    {
        Regex pattern = new(Rules[name].Pattern!, RegexOptions.CultureInvariant | RegexOptions.ECMAScript, TimeSpan.FromSeconds(1));

        Assert.All(Samples.Where(s => Rules[name].Check("x", s) is null), s => Assert.Matches(pattern, s));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_grammar_takes_and_refuses_some_of_the_samples(string name)
    {
        Assert.Contains(Samples, s => Rules[name].Check("x", s) is null);
        Assert.Contains(Samples, s => Rules[name].Check("x", s) is not null);
    }

    [Theory]
    [InlineData("recipe", "RecipeName")]
    [InlineData("package", "PackageName")]
    [InlineData("mode", "OctalMode")]
    [InlineData("suite", "ArchiveName")]
    [InlineData("module", "ModuleName")]
    [InlineData("version", "KataVersion")]
    public void A_simple_grammar_is_its_pattern(string _, string name)
    {
        Regex pattern = new(Rules[name].Pattern!.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

        Assert.All(Samples, s => Assert.Equal(pattern.IsMatch(s), Rules[name].Check("x", s) is null));
    }
}
