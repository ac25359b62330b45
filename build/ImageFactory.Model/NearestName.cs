namespace ImageFactory.Model;

/// <summary>Finds what somebody most likely meant.</summary>
public static class NearestName
{
    /// <summary>Letters that may be wrong: with more, the hint is a guess that confuses.</summary>
    private const int MostWrong = 3;

    /// <summary>
    /// The candidate that a typing mistake or two are away from the text, or that begins with it; null when none is. Among equals the first.
    /// Letters of another case, '-' and '_' make no difference.
    /// </summary>
    public static string? Of(string text, IEnumerable<string> candidates)
    {
        string wanted = Plain(text);
        (string? best, int fewest) = (null, int.MaxValue);
        foreach (string candidate in candidates)
        {
            string name = Plain(candidate);
            int wrong = Math.Clamp(Math.Max(wanted.Length, name.Length) / 3, 1, MostWrong);
            bool begins = wanted.Length > 1 && name.StartsWith(wanted, StringComparison.Ordinal);
            if (wanted.Length == 0 || (!begins && Math.Abs(wanted.Length - name.Length) > wrong))
                continue;
            int distance = begins ? 0 : Distance(wanted, name);
            if (distance <= wrong && distance < fewest)
                (best, fewest) = (candidate, distance);
        }

        return best;
    }

    /// <summary>"did you mean" when something is close, else everything there is.</summary>
    public static string Hint(string text, IReadOnlyList<string> candidates) =>
        Of(text, candidates) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {string.Join(", ", candidates)}";

    /// <summary>Letters to insert, remove, replace or swap with the next one (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }

    private static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
