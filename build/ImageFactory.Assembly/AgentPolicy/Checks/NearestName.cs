namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Finds the name that someone may have meant.</summary>
internal static class NearestName
{
    /// <summary>At most this many letters wrong, missing, too many or swapped.</summary>
    private const int Tolerance = 3;

    public static string? Of(string name, IEnumerable<string> known)
    {
        (string? Name, int Distance) best = (null, Math.Min(Tolerance, Math.Max(1, name.Length / 4)) + 1);
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate, best.Distance);
            if (distance < best.Distance)
                best = (candidate, distance);
        }

        return best.Name;
    }

    /// <summary>Optimal string alignment; letters that differ only in case count as equal. Gives <paramref name="limit"/> when it is that or more.</summary>
    private static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) >= limit)
            return limit;

        int[,] cost = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= right.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = cost[i - 1, j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return Math.Min(limit, cost[left.Length, right.Length]);
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
