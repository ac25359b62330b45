namespace ImageFactory.Build.Composition;

/// <summary>The folder that artifacts go to, one folder per recipe.</summary>
internal static class OutputFolder
{
    /// <summary>Every build begins its log before anything else, so a folder without one is not ours to remove.</summary>
    public const string Mark = "build.log";

    /// <summary>Folders that builds have made, and nothing else: the output folder may be anybody's.</summary>
    public static IReadOnlyList<string> BuildsIn(string output) => Directory.Exists(output)
        ? [.. Directory.EnumerateDirectories(output).Where(f => File.Exists(Path.Combine(f, Mark))).Order(StringComparer.Ordinal)]
        : [];

    public static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.LinkTarget is null ? f.Length : 0);
}
