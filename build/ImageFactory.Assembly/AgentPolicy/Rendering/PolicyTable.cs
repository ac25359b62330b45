using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Rendering;

/// <summary>What <c>policy show</c> and <c>policy check</c> print for a person: at most 80 columns.</summary>
public static class PolicyTable
{
    private const int Width = 80;
    private const string Indent = "    ";

    /// <summary>Wide enough for the longest name of a call.</summary>
    private const int CallWidth = 38;

    private const int VerdictWidth = 12;

    /// <summary>The table without faults.</summary>
    public static string Show(PolicyInspection inspection)
    {
        StringBuilder text = new();
        Head(text, inspection);
        if (inspection.Rows.Count > 0)
        {
            text.Append('\n');
            Row(text, "CALL", "VERDICT", "LINES");
            foreach (PolicyRow row in inspection.Rows)
                Row(text, row);
            text.Append('\n').Append(Summary(inspection)).Append('\n');
        }

        foreach (string note in inspection.Notes)
            Wrap(text, $"note: {note}", "", "  ");
        return text.ToString();
    }

    /// <summary>The faults, each as it is told everywhere, and one line of result.</summary>
    public static string Check(PolicyInspection inspection)
    {
        StringBuilder text = new();
        foreach (Fault fault in inspection.Faults)
            text.Append(fault).Append('\n');
        int errors = inspection.Faults.Count(fault => fault.Severity == Severity.Error);
        text.Append($"{inspection.Name}: {Count(errors, "error")}, {Count(inspection.Faults.Count - errors, "warning")}");
        if (inspection.Rows.Count > 0)
            text.Append($"; {Summary(inspection)}");
        return text.Append('\n').ToString();
    }

    private static void Head(StringBuilder text, PolicyInspection inspection) =>
        text.Append($"{inspection.Name}, read as the agent of Kata {inspection.Kata}\nsha256 {inspection.Digest}\n");

    private static void Row(StringBuilder text, PolicyRow row)
    {
        string brief = row.Lines.Length == 0 || row.Note is null ? row.Lines + row.Note : $"{row.Lines}  {row.Note}";
        bool isBrief = CallWidth + VerdictWidth + 2 + brief.Length <= Width;
        Row(text, row.Call, WordOf(row.Verdict), isBrief ? brief : row.Lines);
        if (row.Note is not null && !isBrief)
            Wrap(text, row.Note, Indent, Indent);
        if (row.InputPaths.Count > 0)
            Wrap(text, $"reads {string.Join(", ", row.InputPaths)}", Indent, Indent + "  ");
        if (row.BuiltIns.Count > 0)
            Wrap(text, $"calls {string.Join(", ", row.BuiltIns)}", Indent, Indent + "  ");
    }

    private static void Row(StringBuilder text, string call, string verdict, string lines)
    {
        string start = $"{call.PadRight(CallWidth)} {verdict.PadRight(VerdictWidth)} ";
        if (start.Length + lines.Length <= Width)
            text.Append($"{start}{lines}".TrimEnd()).Append('\n');
        else
            Wrap(text.Append(start.TrimEnd()).Append('\n'), $"lines {lines}", Indent, Indent + "  ");
    }

    /// <summary>Breaks at spaces; a word longer than a line keeps its length, since a cut path would be a wrong one.</summary>
    private static void Wrap(StringBuilder text, string content, string first, string following)
    {
        StringBuilder line = new(first);
        bool isEmpty = true;
        foreach (string word in content.Split(' '))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(following);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        text.Append(line).Append('\n');
    }

    private static string Summary(PolicyInspection inspection) =>
        string.Join(", ", inspection.Rows.GroupBy(row => row.Verdict).OrderBy(group => group.Key).Select(group => $"{group.Count()} {WordOf(group.Key)}"));

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    public static string WordOf(PolicyVerdict verdict) => verdict switch
    {
        PolicyVerdict.Allowed => "allowed",
        PolicyVerdict.Denied => "denied",
        PolicyVerdict.Conditional => "conditional",
        PolicyVerdict.Undefined => "undefined",
        PolicyVerdict.Dead => "dead",
        _ => "unknown",
    };
}
