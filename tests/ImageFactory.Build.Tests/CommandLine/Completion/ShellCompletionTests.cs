using ImageFactory.Build.CommandLine;
using ImageFactory.Build.CommandLine.Completion;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.CommandLine.Completion;

/// <summary>The scripts in the shells that they are for. PowerShell is not to be had here.</summary>
[Trait("needs", "zsh, fish")]
public sealed class ShellCompletionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Shells => ["bash", "zsh", "fish"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Every_verb_is_offered_word_by_word(string shell)
    {
        string[] firsts = [.. Verbs.All.Select(v => v.Name.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal)];
        string[] families = [.. Verbs.All.Where(v => v.Name.Contains(' ')).Select(v => v.Name.Split(' ')[0]).Distinct()];
        IReadOnlyDictionary<string, IReadOnlyList<string>> offered = await RealShell.AskAsync(
            shell, folder, ["./build.sh ", "./build.sh help ", .. families.SelectMany(f => new[] { $"./build.sh {f} ", $"./build.sh help {f} " }).Order(StringComparer.Ordinal)]);

        Assert.Equal(firsts, offered["./build.sh "]);
        Assert.Equal(firsts, offered["./build.sh help "]);
        Assert.All(families, family =>
        {
            string[] seconds = [.. Verbs.All.Where(v => v.Name.StartsWith(family + " ", StringComparison.Ordinal)).Select(v => v.Name.Split(' ')[1]).Order(StringComparer.Ordinal)];
            Assert.Equal(seconds, offered[$"./build.sh help {family} "]);
            Assert.Empty(seconds.Except(offered[$"./build.sh {family} "]));
        });
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Every_verb_offers_its_options_and_no_others(string shell)
    {
        Dictionary<string, Verb> asked = Verbs.All.ToDictionary(v => $"./build.sh {v.Name} -");
        foreach (string target in Verbs.Targets)
            asked[$"./build.sh --target {target} -"] = Verbs.RunOf(target);
        asked["./build.sh -"] = Verbs.RunOf("Default");
        IReadOnlyDictionary<string, IReadOnlyList<string>> offered = await RealShell.AskAsync(shell, folder, [.. asked.Keys]);

        Assert.All(asked, pair =>
        {
            IEnumerable<string> expected = pair.Value.AllOptions.SelectMany(o => o.Aliases.Prepend(o.Name));

            // An option that was given is not offered again by every shell.
            Assert.Equal(
                expected.Where(o => o != "--target" || !pair.Key.Contains("--target")).Order(StringComparer.Ordinal),
                offered[pair.Key].Where(o => o != "--target" || !pair.Key.Contains("--target")));
        });
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_value_is_offered_for_what_it_is(string shell)
    {
        folder.File("alpha.yaml", "");
        folder.File("beta/gamma", "");
        string[] own = [.. new[] { "answers", "harness", "questions", "completions", "terminal" }];
        Dictionary<string, string[]> expected = new()
        {
            ["./build.sh build --recipe "] = ["alpha.yaml", "beta"],
            ["./build.sh build --recipe=a"] = ["alpha.yaml"],
            ["./build.sh --recipe alpha.yaml build --output "] = ["beta"],
            ["./build.sh inspect "] = ["alpha.yaml", "beta"],
            ["./build.sh measure "] = ["alpha.yaml", "beta", "diff"],
            ["./build.sh measure diff alpha.yaml "] = ["alpha.yaml", "beta"],
            ["./build.sh policy check alpha.yaml alpha.yaml a"] = ["alpha.yaml"],
            ["./build.sh inspect alpha.yaml "] = [],
            ["./build.sh why "] = [],
            ["./build.sh completion "] = ["bash", "fish", "powershell", "zsh"],
            ["./build.sh --log "] = ["auto", "json", "plain"],
            ["./build.sh build --log=p"] = ["plain"],
            ["./build.sh initdata build --algorithm "] = ["sha256", "sha384", "sha512"],
            ["./build.sh job render --provider a"] = ["aws", "azure"],
            ["./build.sh measure --target az"] = ["az-snp-vtpm", "az-tdx-vtpm"],
            ["./build.sh --target B"] = ["BootCheck", "Build"],
            ["./build.sh se create -k a"] = ["alpha.yaml"],
            ["./build.sh build --jobs "] = [],
        };

        IReadOnlyDictionary<string, IReadOnlyList<string>> offered = await RealShell.AskAsync(shell, folder, [.. expected.Keys]);

        Assert.All(expected, pair => Assert.True(
            pair.Value.SequenceEqual(offered[pair.Key].Except(own).Where(o => !o.StartsWith('.') && !o.StartsWith('-'))), $"{pair.Key}: {string.Join(' ', offered[pair.Key])}"));
    }

    [Fact]
    public void No_name_takes_a_value_for_one_verb_and_none_for_another() =>
        Assert.Empty(CompletionTable.TakeValue.Intersect(Verbs.All.SelectMany(v => v.AllOptions).Where(o => o.Value is null).SelectMany(CompletionTable.NamesOf)));

    [Fact]
    public void The_script_for_PowerShell_knows_every_verb_and_option()
    {
        string script = ShellCompletion.For("powershell");

        Assert.All(Verbs.All, v => Assert.Contains($"\n    '{v.Name}' = @{{", script, StringComparison.Ordinal));
        Assert.All(Verbs.All.SelectMany(v => v.AllOptions), o => Assert.Contains($"@('{o.Name}', '{o.Help.Replace("'", "''")}', ", script, StringComparison.Ordinal));
    }
}
