using System.Text.RegularExpressions;

namespace ImageFactory.Assembly.Sbom;

/// <summary>
/// Licence expressions of SPDX (specification 2.3, annex D) with the names of its list. Operators are upper case: the lower-case ones of old RPM packages stand between
/// Fedora's own short names, of which some look like SPDX's and mean other texts.
/// </summary>
internal static partial class SpdxExpression
{
    /// <summary>More than any package needs; a bound for the recursion.</summary>
    private const int MostBrackets = 64;

    private static readonly (Dictionary<string, string> Licences, Dictionary<string, string> Exceptions) Known = Load();

    /// <returns>The expression with names as the list spells them; null when the text is none.</returns>
    public static string? Read(string text)
    {
        Queue<string> words = new(Words().Matches(text).Select(m => m.Value));
        return Any(words, 0) is { } expression && words.Count == 0 ? expression : null;
    }

    /// <summary>Names that a document must declare itself.</summary>
    public static IEnumerable<string> OwnNames(string expression) => OwnName().Matches(expression).Select(m => m.Value);

    private static string? Any(Queue<string> words, int depth)
    {
        List<string?> parts = [One(words, depth)];
        while (words.TryPeek(out string? operation) && operation is "AND" or "OR")
        {
            words.Dequeue();
            parts.AddRange([operation, One(words, depth)]);
        }

        return parts.Contains(null) ? null : string.Join(' ', parts);
    }

    private static string? One(Queue<string> words, int depth)
    {
        if (!words.TryDequeue(out string? word) || depth > MostBrackets)
            return null;
        if (word == "(")
            return Any(words, depth + 1) is { } inner && words.TryDequeue(out string? close) && close == ")" ? $"({inner})" : null;
        string? licence = OwnName().Match(word) is { Success: true } own && own.Length == word.Length ? word
            : word.EndsWith('+') ? Known.Licences.TryGetValue(word[..^1], out string? older) ? older + "+" : Known.Licences.GetValueOrDefault(word)
            : Known.Licences.GetValueOrDefault(word);
        if (!words.TryPeek(out string? with) || with != "WITH")
            return licence;
        words.Dequeue();
        return licence is not null && words.TryDequeue(out string? exception) && Known.Exceptions.TryGetValue(exception, out string? known) ? $"{licence} WITH {known}" : null;
    }

    private static (Dictionary<string, string> Licences, Dictionary<string, string> Exceptions) Load()
    {
        string[] parts = EmbeddedText.Read("Sbom.spdx-licences.txt").Split("\n\n");
        return (Names(parts[0]), Names(parts[1]));
    }

    private static Dictionary<string, string> Names(string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').ToDictionary(l => l, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"[()]|[^()\s]+")]
    private static partial Regex Words();

    [GeneratedRegex("LicenseRef-[A-Za-z0-9.-]+")]
    private static partial Regex OwnName();
}
