namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Reads stanzas of "Field: value" lines with continuation lines (Debian Policy, section 5.1): package indexes,
/// <c>apt-cache show</c> and dpkg's status file.
/// </summary>
internal static class DebianControl
{
    public static IEnumerable<IReadOnlyDictionary<string, string>> Stanzas(string text)
    {
        Dictionary<string, string> stanza = new(StringComparer.OrdinalIgnoreCase);
        string? field = null;
        foreach (string line in text.Split('\n'))
        {
            if (line.Length == 0)
            {
                if (stanza.Count > 0)
                    yield return stanza;
                stanza = new(StringComparer.OrdinalIgnoreCase);
                field = null;
            }
            else if (line[0] is ' ' or '\t')
            {
                if (field is not null)
                    stanza[field] += "\n" + line;
            }
            else
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon <= 0)
                    continue;
                field = line[..colon];
                stanza[field] = line[(colon + 1)..].Trim();
            }
        }

        if (stanza.Count > 0)
            yield return stanza;
    }
}
