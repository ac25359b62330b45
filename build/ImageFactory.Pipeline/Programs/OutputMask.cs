namespace ImageFactory.Pipeline.Programs;

/// <summary>The last line of defence: a secret that a program says nevertheless is shown as <c>***</c>.</summary>
internal sealed class OutputMask(IEnumerable<string> secrets)
{
    /// <summary>Shorter texts occur by chance; masking them would only make the log unreadable.</summary>
    private const int ShortestSecret = 6;

    // A secret of several lines is said line by line. The longest first, since one may be part of another.
    private readonly string[] parts =
    [
        .. secrets.SelectMany(s => s.Split('\n', StringSplitOptions.TrimEntries))
            .Where(s => s.Length >= ShortestSecret)
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(s => s.Length),
    ];

    internal string Apply(string text)
    {
        foreach (string part in parts)
            text = text.Replace(part, "***", StringComparison.Ordinal);
        return text;
    }
}
