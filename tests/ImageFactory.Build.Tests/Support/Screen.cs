using System.Globalization;

namespace ImageFactory.Build.Tests.Support;

/// <summary>What a person sees: a terminal with a scroll-back, that knows the escape sequences that the live table uses, and no other.</summary>
internal sealed class Screen : StringWriter
{
    private readonly List<string> lines = [""];
    private int row;
    private int column;

    public Screen()
        : base(CultureInfo.InvariantCulture)
    {
    }

    public IReadOnlyList<string> Lines => [.. lines.Select(l => l.TrimEnd())];

    /// <summary>Everything that was written, escape sequences and all.</summary>
    public string Raw { get; private set; } = "";

    /// <summary>How many times something was written.</summary>
    public int Writes { get; private set; }

    /// <summary>What happens while the terminal takes what is written: a slow one takes its time.</summary>
    public Action? Taking { get; set; }

    public override void Write(string? value)
    {
        string text = value ?? "";
        Raw += text;
        Writes++;
        Taking?.Invoke();
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    column = 0;
                    row++;
                    if (row == lines.Count)
                        lines.Add("");
                    break;
                case '\r':
                    column = 0;
                    break;
                case '\e':
                    i = Escape(text, i);
                    break;
                default:
                    Put(text[i]);
                    break;
            }
        }
    }

    private void Put(char letter)
    {
        string line = lines[row].PadRight(column);
        lines[row] = line[..column] + letter + (line.Length > column ? line[(column + 1)..] : "");
        column++;
    }

    private int Escape(string text, int start)
    {
        int end = text.IndexOfAny(['A', 'J', 'K', 'm'], start);
        switch (text[end])
        {
            case 'A':
                row = Math.Max(0, row - int.Parse(text[(start + 2)..end], CultureInfo.InvariantCulture));
                break;
            case 'J':
                Cut();
                lines.RemoveRange(row + 1, lines.Count - row - 1);
                break;
            case 'K':
                Cut();
                break;
        }

        return end;
    }

    private void Cut() => lines[row] = lines[row].Length > column ? lines[row][..column] : lines[row];
}
