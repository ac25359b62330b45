namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>Arguments of two kernel command lines. One that stands there twice counts twice.</summary>
public static class ArgumentChanges
{
    public static IReadOnlyList<ArgumentChange> Between(string before, string after)
    {
        string[] old = Words(before);
        string[] fresh = Words(after);
        List<string> gone = [.. old];
        List<string> come = [];
        foreach (string word in fresh)
        {
            if (!gone.Remove(word))
                come.Add(word);
        }

        if (gone.Count + come.Count > 0)
            return [.. gone.Select(w => new ArgumentChange(w, ChangeKind.Removed)), .. come.Select(w => new ArgumentChange(w, ChangeKind.Added))];
        int moved = old.AsSpan().CommonPrefixLength(fresh);
        return moved == old.Length ? [] : [new ArgumentChange(fresh[moved], ChangeKind.Changed)];
    }

    /// <summary>Blanks in quotes belong to their word (kernel: lib/cmdline.c).</summary>
    private static string[] Words(string line)
    {
        List<string> words = [];
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"')
                quoted = !quoted;
            if (i < line.Length && (quoted || !char.IsWhiteSpace(line[i])))
                continue;
            if (i > start)
                words.Add(line[start..i]);
            start = i + 1;
        }

        return [.. words];
    }
}
