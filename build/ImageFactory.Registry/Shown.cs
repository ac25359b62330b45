namespace ImageFactory.Registry;

/// <summary>Texts that strangers wrote, made fit for a terminal: control characters become '?', and what is long is cut.</summary>
internal static class Shown
{
    private const int Most = 300;

    public static string Text(string text)
    {
        string some = text.Length > Most ? text[..Most] + "…" : text;
        return string.Concat(some.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
