using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Tests.Job;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.CommandLine;

/// <summary>What documents and pipelines tell people and machines to type is a command line that the factory understands.</summary>
public sealed partial class DocumentedCommandsTests
{
    public static TheoryData<string, string> Commands
    {
        get
        {
            TheoryData<string, string> commands = [];
            foreach ((string file, string command) in Files().SelectMany(f => Found(File.ReadAllText(f)).Distinct().Select(c => (Path.GetRelativePath(Approved.Root, f), c))))
                commands.Add(file, command);
            return commands;
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void It_is_understood(string file, string command)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(Words(command));

        Assert.True(parsed.Faults.Count == 0, $"{file}: ./build.sh {command}\n{string.Join('\n', parsed.Faults)}");
    }

    [Fact]
    public void Documents_have_many_and_the_pipelines_do_what_a_release_needs()
    {
        Assert.True(Commands.Count > 40, $"{Commands.Count}");
        Assert.All((string[])[".github/workflows/release.yml", "release/tekton/pipeline.yaml"], pipeline =>
        {
            string[] targets = [.. Found(File.ReadAllText(Path.Combine(Approved.Root, pipeline))).Select(c => CommandLineParser.Parse(Words(c)).Invocation!.Verb).Select(v => v.Target ?? v.Name)];
            Assert.Equal(["Test", "Reproduce", "Publish", "verify"], targets);
        });
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        IEnumerable<string> broken = Files().Where(f => f.EndsWith(".md", StringComparison.Ordinal)).SelectMany(f => Link().Matches(File.ReadAllText(f))
            .Select(m => m.Groups["to"].Value.Split('#')[0])
            .Where(to => to.Length > 0 && !to.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(f)!, to)))
            .Select(to => $"{Path.GetRelativePath(Approved.Root, f)}: {to}"));

        Assert.Empty(broken);
    }

    [Fact]
    public void A_step_of_the_Tekton_pipeline_stops_at_the_first_command_that_fails()
    {
        JsonObject task = Manifests.Parse(File.ReadAllText(Path.Combine(Approved.Root, "release/tekton/pipeline.yaml")))[0];

        Assert.All(task["spec"]!["steps"]!.AsArray(), s => Assert.StartsWith("#!/bin/bash\nset -eu\n", (string?)s!["script"], StringComparison.Ordinal));
    }

    private static IEnumerable<string> Files() =>
    [
        .. Directory.EnumerateFiles(Approved.Root, "*.md"),
        .. ((string[])["bootc", "build", "docs", ".github", "recipes", "release"]).SelectMany(f => Directory.EnumerateFiles(Path.Combine(Approved.Root, f), "*", SearchOption.AllDirectories))
            .Where(f => Path.GetExtension(f) is ".md" or ".yml" or ".yaml"),
    ];

    /// <summary>In a line of its own, or in backticks with what it is given; up to what the shell takes for itself. Words in capitals or braces stand for values.</summary>
    private static IEnumerable<string> Found(string text) => CommandLine().Matches(text.Replace("\\\n", " ", StringComparison.Ordinal))
        .Select(m => Comment().Replace(m.Groups["words"].Value, "").Trim())
        .Where(c => !c.Contains('…', StringComparison.Ordinal) && !c.Contains('[', StringComparison.Ordinal));

    private static string[] Words(string command) => [.. Word().Matches(Placeholder().Replace(command, "x")).Select(m => m.Value.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal))];

    [GeneratedRegex(@"(?:^\s*(?:run: )?|`)\./build\.sh(?<words>[^\n`|;&<>]*)", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\s#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\$\{\{.*?\}\}|\$\([^)]*\)")]
    private static partial Regex Placeholder();

    [GeneratedRegex("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+")]
    private static partial Regex Word();
}
