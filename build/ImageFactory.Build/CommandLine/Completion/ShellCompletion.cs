namespace ImageFactory.Build.CommandLine.Completion;

/// <summary>Scripts that let shells complete the words of <c>build.sh</c>.</summary>
internal static class ShellCompletion
{
    private static readonly Dictionary<string, Func<string>> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = BashScript.Write,
        ["zsh"] = ZshScript.Write,
        ["fish"] = FishScript.Write,
        ["powershell"] = PowerShellScript.Write,
    };

    public static IReadOnlyList<string> Shells { get; } = [.. Scripts.Keys];

    /// <param name="shell">One of <see cref="Shells"/>.</param>
    public static string For(string shell) => Scripts[shell]();

    /// <summary>A word that a POSIX shell reads as it is.</summary>
    public static string Quote(string word) => "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}
