using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace ImageFactory.Build.HtmlReport;

/// <summary>A piece of HTML that is also well-formed XML. What is put into one by interpolation is encoded, unless it is such a piece itself.</summary>
internal readonly record struct Markup(string Text)
{
    /// <summary>Quotes, angles and ampersands; other characters stand for themselves, since the page is UTF-8.</summary>
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All);

    public static Markup Empty { get; } = new("");

    public static Markup Of(FormattableString text) => new(text.ToString(EncodingFormatter.Instance));

    public static Markup Join(IEnumerable<Markup> pieces) => new(string.Concat(pieces.Select(p => p.Text)));

    public override string ToString() => Text;

    /// <summary>Characters that no XML document may have are shown as the character that stands for one that is unknown.</summary>
    private static string Printable(string text)
    {
        StringBuilder shown = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            shown.Append(rune.Value is < 0x20 and not ('\t' or '\n' or '\r') or 0xfffe or 0xffff ? "\ufffd" : rune.ToString());
        return shown.ToString();
    }

    /// <summary>Encodes every argument of an interpolation, in the form that it asks for, but for pieces of HTML.</summary>
    private sealed class EncodingFormatter : IFormatProvider, ICustomFormatter
    {
        public static readonly EncodingFormatter Instance = new();

        public object? GetFormat(Type? formatType) => formatType == typeof(ICustomFormatter) ? this : null;

        public string Format(string? format, object? arg, IFormatProvider? formatProvider) => arg switch
        {
            Markup markup => markup.Text,
            IFormattable formattable => Encoder.Encode(Printable(formattable.ToString(format, CultureInfo.InvariantCulture))),
            _ => Encoder.Encode(Printable(arg?.ToString() ?? "")),
        };
    }
}
