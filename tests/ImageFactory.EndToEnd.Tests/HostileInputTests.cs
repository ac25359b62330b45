namespace ImageFactory.EndToEnd.Tests;

/// <summary>Wrong input, as a user gives it: every fault at once, with its place, and nothing made.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("image-factory-hostile-").FullName;

    [Fact]
    public async Task All_faults_of_a_recipe_are_told_with_line_and_column()
    {
        string recipe = Write("bad.yaml", "name: Bad Name\nbase: { kind: debain }\ndisk: { root: erofs, sise: 4GiB }\npayload:\n  - { kind: archive, path: nowhere.tar }\n");

        Outcome outcome = await Factory.RunAsync(["validate", "--recipe", recipe], folder);

        Assert.Contains(outcome.ExitCode, (int[])[65, 66]);
        Assert.Contains("bad.yaml:1:7", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("'debian'", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("'size'", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("nowhere.tar", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public async Task A_billion_laughs_are_not_laughed()
    {
        string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i =>
            $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i - 1)}", 9))}]\n"));

        Outcome outcome = await Factory.RunAsync(["validate", "--recipe", Write("bomb.yaml", bomb)], folder);

        Assert.Equal(65, outcome.ExitCode);
    }

    [Fact]
    public async Task An_archive_that_climbs_out_is_refused_before_anything_is_built()
    {
        string evil = Path.Combine(folder, "evil.tar");
        using (System.Formats.Tar.TarWriter writer = new(File.Create(evil), System.Formats.Tar.TarEntryFormat.Ustar))
            writer.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "../../outside") { DataStream = new MemoryStream([1]) });
        string recipe = Write("evil.yaml", File.ReadAllText(Path.Combine(Factory.Root, "recipes", "default.yaml")).Replace("podvm-debian-dev", "evil", StringComparison.Ordinal)
            + "payload:\n  - { kind: archive, path: evil.tar }\n");
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");

        Outcome outcome = await Factory.RunAsync(["build", "--recipe", recipe, "--output", Path.Combine(folder, "out"), "--log", "plain"], folder);

        Assert.Equal(65, outcome.ExitCode);
        Assert.Contains("../../outside", outcome.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "out", "evil", "podvm.qcow2")));
    }

    [Fact]
    public async Task An_unknown_option_names_the_nearest()
    {
        Outcome outcome = await Factory.RunAsync(["--recpie", "x"], folder);

        Assert.Equal(64, outcome.ExitCode);
        Assert.Contains("--recipe", outcome.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
