namespace ImageFactory.Registry.Authentication;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header (RFC 9110 11.6.1): a scheme and its parameters.</summary>
internal sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The challenges of a header, which may hold several; what cannot be read ends the list.</summary>
    public static IReadOnlyList<Challenge> Parse(string header)
    {
        List<Challenge> found = [];
        int at = 0;
        while (ReadToken(header, ref at) is { Length: > 0 } scheme)
        {
            Dictionary<string, string> parameters = new(StringComparer.OrdinalIgnoreCase);
            while (ReadParameter(header, ref at) is (string name, string value))
                parameters.TryAdd(name, value);
            found.Add(new Challenge(scheme, parameters));
        }

        return found;
    }

    public string? this[string name] => Parameters.GetValueOrDefault(name);

    private static (string Name, string Value)? ReadParameter(string text, ref int at)
    {
        int start = at;
        string name = ReadToken(text, ref at);
        int afterName = at;
        while (at < text.Length && text[at] == ' ')
            at++;
        if (name.Length == 0 || at >= text.Length || text[at] != '=')
        {
            // No parameter: the next challenge's scheme, or the end.
            at = name.Length == 0 ? afterName : start;
            return null;
        }

        at++;
        while (at < text.Length && text[at] == ' ')
            at++;
        return (name, at < text.Length && text[at] == '"' ? ReadQuoted(text, ref at) : ReadToken(text, ref at));
    }

    private static string ReadQuoted(string text, ref int at)
    {
        System.Text.StringBuilder value = new();
        at++;
        while (at < text.Length && text[at] != '"')
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at++]);
        }

        if (at < text.Length)
            at++;
        return value.ToString();
    }

    private static string ReadToken(string text, ref int at)
    {
        while (at < text.Length && text[at] is (' ' or ',' or '\t'))
            at++;
        int start = at;
        while (at < text.Length && text[at] is not (' ' or ',' or '=' or '"' or '\t'))
            at++;
        return text[start..at];
    }
}
