namespace ImageFactory.Build.CommandLine;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestMatch
{
    /// <summary>The nearest of the candidates, if it is near enough to be worth saying.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        string wanted = word.ToLowerInvariant();
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            string name = candidate.ToLowerInvariant();
            bool beginsAlike = wanted.Trim('-').Length >= 2 && name.StartsWith(wanted, StringComparison.Ordinal);
            int distance = beginsAlike ? 0 : Distance(wanted, name);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        // A third of the letters may be wrong: more, and the hint is a guess that confuses.
        return bestDistance <= Math.Max(1, word.Trim('-').Length / 3) ? best : null;
    }

    /// <summary>Letters to insert, remove, replace or swap with the next one (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replaced, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
