namespace ImageFactory.Recipes.Binding;

/// <summary>Finds what an author most likely meant.</summary>
internal static class Nearest
{
    /// <summary>The candidate that is a typing mistake away from the text; null when none is close.</summary>
    public static string? To(string text, IEnumerable<string> candidates)
    {
        string wanted = Plain(text);
        if (wanted.Length is 0 or > 80)
            return null;

        (string? best, int distance) = (null, int.MaxValue);
        foreach (string candidate in candidates)
        {
            string other = Plain(candidate);
            int allowed = Math.Max(1, Math.Max(wanted.Length, other.Length) / 3);
            int found = Distance(wanted, other);
            if (found <= allowed && found < distance)
                (best, distance) = (candidate, found);
        }

        return best;
    }

    /// <summary>"did you mean" when something is close, else everything there is.</summary>
    public static string Hint(string text, IReadOnlyList<string> candidates) =>
        To(text, candidates) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {string.Join(", ", candidates)}";

    /// <summary>Letters of another case and other separators are no difference worth counting.</summary>
    private static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }
}
