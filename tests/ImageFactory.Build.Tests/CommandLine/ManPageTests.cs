using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Tests.CommandLine.Completion;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.CommandLine;

public sealed class ManPageTests : IDisposable
{
    private static readonly string Page = ManPage.Write("1.2.3", new DateOnly(2026, 11, 21));

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [Trait("needs", "mandoc, man")]
    [InlineData("mandoc", "mandoc -T lint -W warning page.1")]
    [InlineData("groff", "groff -ww -man -Tutf8 -z page.1 2>&1")]
    [InlineData("man", "MANROFFSEQ= LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 page.1 2>&1 >/dev/null")]
    public async Task No_formatter_warns(string program, string command)
    {
        Spawned.Ended ended = await FormatAsync(program, command);

        Assert.Equal("", ended.Output + ended.Error);
        Assert.Equal(0, ended.ExitCode);
    }

    [Fact]
    [Trait("needs", "mandoc")]
    public async Task A_reader_finds_every_verb_with_its_options_examples_and_exit_codes()
    {
        Spawned.Ended ended = await FormatAsync("mandoc", "mandoc -T utf8 -O width=1000 page.1 | sed 's/.\\x08//g'");
        string[] lines = [.. ended.Output.Split('\n').Select(l => l.Trim())];

        Assert.All(Verbs.All, verb =>
        {
            int at = Array.IndexOf(lines, string.Join(' ', [verb.Name, .. verb.Operands.Select(o => o.ToString())]));
            Assert.True(at >= 0, verb.Name);
            string own = string.Join('\n', lines.Skip(at).TakeWhile((l, i) => i == 0 || !Verbs.All.Any(v => l == v.Name || l.StartsWith(v.Name + " <") || l.StartsWith(v.Name + " [")))) + "\n";
            Assert.All(verb.Options, o => Assert.Contains($"{o.Name}{string.Concat(o.Aliases.Select(a => ", " + a))}{(o.Value is null ? "" : " " + o.Value)}", own, StringComparison.Ordinal));
            Assert.All(verb.Options, o => Assert.Contains(o.Help, own, StringComparison.Ordinal));
            Assert.All(verb.Examples, e => Assert.Contains($"\n./build.sh {e}\n", own, StringComparison.Ordinal));
        });
        Assert.Contains("IMAGEFACTORY(1)", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith("ImageFactory 1.2.3", StringComparison.Ordinal) && l.Contains("2026-11-21"));
        Assert.All(["64", "65", "69", "130/143"], code => Assert.Contains(lines, l => l == code || l.StartsWith(code + " ", StringComparison.Ordinal)));
    }

    private async Task<Spawned.Ended> FormatAsync(string program, string command)
    {
        if (!RealShell.IsThere(program))
        {
            Assert.False(program == "mandoc" && Environment.GetEnvironmentVariable("CI") == "true", "mandoc is not there");
            Assert.Skip($"{program} is not there");
        }

        folder.File("page.1", Page);
        using Spawned process = Spawned.Program("sh", ["-c", command], folder.Path);
        return await process.EndAsync();
    }
}
