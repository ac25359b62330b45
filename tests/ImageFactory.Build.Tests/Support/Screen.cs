using System.Globalization;

namespace ImageFactory.Build.Tests.Support;

/// <summary>What a person sees: a terminal with a scroll-back, that knows the three escape sequences that the live table uses.</summary>
internal sealed class Screen : StringWriter
{
    private readonly List<string> lines = [""];
    private int row;

    public Screen()
        : base(CultureInfo.InvariantCulture)
    {
    }

    public IReadOnlyList<string> Lines => [.. lines.Select(l => l.TrimEnd())];

    public override void Write(string? value)
    {
        string text = value ?? "";
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    row++;
                    if (row == lines.Count)
                        lines.Add("");
                    break;
                case '\r':
                    break;
                case '\e':
                    i = Escape(text, i);
                    break;
                default:
                    lines[row] += text[i];
                    break;
            }
        }
    }

    private int Escape(string text, int start)
    {
        int end = text.IndexOfAny(['A', 'J'], start);
        if (text[end] == 'J')
        {
            lines.RemoveRange(row, lines.Count - row);
            lines.Add("");
        }
        else
        {
            row -= int.Parse(text[(start + 2)..end], CultureInfo.InvariantCulture);
        }

        return end;
    }
}
