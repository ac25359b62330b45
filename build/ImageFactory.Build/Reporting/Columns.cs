using System.Text;

namespace ImageFactory.Build.Reporting;

/// <summary>A table for people, in columns as wide as they must be.</summary>
internal static class Columns
{
    public static string Of(string[] head, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. head.Select((title, i) => rows.Select(r => r[i].Length).Append(title.Length).Max())];
        StringBuilder text = new();
        foreach (string[] row in rows.Prepend(head))
            text.Append(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()).Append('\n');
        return text.ToString();
    }
}
