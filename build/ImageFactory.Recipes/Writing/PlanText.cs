using System.Globalization;
using System.Text;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Writing;

/// <summary>Writes nodes as block YAML, with a comment per value for its origin.</summary>
/// <param name="originOf">Where the value at a path comes from; null leaves the comments out.</param>
internal sealed class PlanText(Func<string, string>? originOf)
{
    /// <summary>Longer lines do not push the comments of all others to the right.</summary>
    private const int WidestColumn = 56;

    private readonly List<Line> lines = [];

    public void Write(MappingNode root) => WriteEntries(root, "", 0);

    public override string ToString()
    {
        int column = lines.Where(l => l.Origin is not null && l.Text.Length <= WidestColumn).Select(l => l.Text.Length).DefaultIfEmpty(0).Max();
        StringBuilder text = new();
        foreach (Line line in lines)
        {
            text.Append(line.Text);
            if (line.Origin is not null)
                text.Append(' ', Math.Max(2, column + 2 - line.Text.Length)).Append("# ").Append(line.Origin);
            text.Append('\n');
        }

        return text.ToString();
    }

    private void WriteEntries(MappingNode mapping, string path, int indent, string first = "")
    {
        string lead = new string(' ', indent) + first;
        foreach (Entry entry in mapping.Entries)
        {
            WriteValue($"{lead}{YamlText.Inline(entry.Key)}:", entry.Value, KeyPath.Append(path, entry.Key), indent + first.Length + 2);
            lead = new string(' ', indent + first.Length);
        }
    }

    private void WriteValue(string lead, Node value, string path, int indent)
    {
        switch (value)
        {
            case MappingNode { Entries.Count: > 0 } mapping:
                lines.Add(new Line(lead, null));
                WriteEntries(mapping, path, indent);
                break;
            case SequenceNode { Items.Count: > 0 } sequence:
                lines.Add(new Line(lead, null));
                for (int i = 0; i < sequence.Items.Count; i++)
                    WriteItem(sequence.Items[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), indent);
                break;
            default:
                WriteLeaf(lead, value, path, indent);
                break;
        }
    }

    private void WriteItem(Node item, string path, int indent)
    {
        if (item is MappingNode { Entries.Count: > 0 } mapping)
            WriteEntries(mapping, path, indent, "- ");
        else
            WriteValue(new string(' ', indent) + "-", item, path, indent + 2);
    }

    private void WriteLeaf(string lead, Node value, string path, int indent)
    {
        string? origin = originOf is null ? null : YamlText.Printable(originOf(path));
        if (value is ScalarNode { Plain: false } text && YamlText.IsBlock(text.Text))
        {
            lines.Add(new Line($"{lead} |", origin));
            lines.AddRange(text.Text[..^1].Split('\n').Select(l => new Line(l.Length == 0 ? "" : new string(' ', indent) + l, null)));
            return;
        }

        string written = value switch
        {
            ScalarNode { Plain: true } plain => plain.Text,
            ScalarNode scalar => YamlText.Inline(scalar.Text),
            SequenceNode => "[]",
            _ => "{}",
        };
        lines.Add(new Line($"{lead} {written}", origin));
    }

    private sealed record Line(string Text, string? Origin);
}
