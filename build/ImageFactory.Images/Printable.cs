namespace ImageFactory.Images;

/// <summary>Text out of an image, fit for a terminal: control characters become question marks and long texts are cut.</summary>
internal static class Printable
{
    private const int Limit = 80;

    public static string Text(string text, int limit = Limit)
    {
        string cut = text.Length > limit ? string.Concat(text.AsSpan(0, limit), "…") : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (int index = 0; index < span.Length; index++)
                span[index] = char.IsControl(source[index]) ? '?' : source[index];
        });
    }
}
