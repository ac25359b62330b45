namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Kernel arguments in a file of <c>/usr/lib/bootc/kargs.d</c>: <c>kargs = ["…", …]</c>, and perhaps the machines that they are for.</summary>
internal static class BootcArguments
{
    /// <summary>Those of the list, whatever machine they are for: they are only shown.</summary>
    public static IEnumerable<string> Read(string toml)
    {
        string text = string.Join('\n', toml.Split('\n').Where(l => !l.TrimStart().StartsWith('#')));
        int key = text.IndexOf("kargs", StringComparison.Ordinal);
        int open = key < 0 ? -1 : text.IndexOf('[', key);
        int close = open < 0 ? -1 : text.IndexOf(']', open);
        return close < 0 ? [] : text[(open + 1)..close].Split(',').Select(a => a.Trim().Trim('"', '\'')).Where(a => a.Length > 0);
    }

    public static string Write(IEnumerable<string> arguments) => $"kargs = [{string.Join(", ", arguments.Select(a => $"\"{a.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""))}]\n";
}
