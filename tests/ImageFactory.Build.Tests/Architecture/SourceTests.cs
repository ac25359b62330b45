using System.Text.RegularExpressions;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.Architecture;

/// <summary>Nothing but the host knows the console, the environment and the clock: they reach the libraries as values.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Console_environment_and_clock_occur_only_in_the_host()
    {
        string host = Path.Combine(Approved.Root, "build", "ImageFactory.Build") + "/";
        IEnumerable<string> files = new[] { "build", "secure-execution" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Approved.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.StartsWith(host, StringComparison.Ordinal));

        Assert.Empty(files.SelectMany(Offences));
    }

    [Theory]
    [InlineData("Console.WriteLine(1);", true)]
    [InlineData("string home = Environment.GetEnvironmentVariable(\"HOME\");", true)]
    [InlineData("var t = DateTimeOffset.UtcNow;", true)]
    [InlineData("// Console.WriteLine is the host's", false)]
    [InlineData("/// <c>Environment.Exit</c>", false)]
    [InlineData("call.Environment.Add(name, value);", false)]
    [InlineData("text = \"DateTime.Now\";", false)]
    [InlineData("time.GetUtcNow()", false)]
    public void The_scan_sees_uses_and_not_words(string line, bool isUse) => Assert.Equal(isUse, IsUse(line));

    private static IEnumerable<string> Offences(string file) => File.ReadLines(file)
        .Select((line, index) => (line, index))
        .Where(l => IsUse(l.line))
        .Select(l => $"{Path.GetRelativePath(Approved.Root, file)}:{l.index + 1}: {l.line.Trim()}");

    private static bool IsUse(string line)
    {
        string code = Texts().Replace(line, "\"\"");
        int comment = code.IndexOf("//", StringComparison.Ordinal);
        return Forbidden().IsMatch(comment < 0 ? code : code[..comment]);
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Texts();

    // A property that happens to be called Environment has a dot before it.
    [GeneratedRegex(@"(?<![.\w])(Console\.|Environment\.(?!Add|Count|Keys|Values|TryGetValue|Contains|Select|Where|GetValueOrDefault|Concat|OrderBy)[A-Z]|(DateTime|DateTimeOffset)\.(Now|UtcNow|Today)\b)")]
    private static partial Regex Forbidden();
}
