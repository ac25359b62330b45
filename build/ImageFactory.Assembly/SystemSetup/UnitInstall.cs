using System.Text;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>The <c>[Install]</c> section of a unit with its drop-ins: what enabling the unit means.</summary>
internal sealed class UnitInstall
{
    private readonly Dictionary<string, List<string>> lists = new(StringComparer.Ordinal)
    {
        ["WantedBy"] = [],
        ["RequiredBy"] = [],
        ["UpheldBy"] = [],
        ["Alias"] = [],
        ["Also"] = [],
    };

    public IReadOnlyList<string> WantedBy => lists["WantedBy"];

    public IReadOnlyList<string> RequiredBy => lists["RequiredBy"];

    public IReadOnlyList<string> UpheldBy => lists["UpheldBy"];

    public IReadOnlyList<string> Alias => lists["Alias"];

    public IReadOnlyList<string> Also => lists["Also"];

    public string? DefaultInstance { get; private set; }

    public bool IsEmpty => lists.Values.All(l => l.Count == 0);

    /// <summary>Adds what a unit file or a drop-in says; an empty assignment forgets what was said before.</summary>
    public void Add(string text)
    {
        bool inside = false;
        foreach (string line in LogicalLines(text))
        {
            if (line.StartsWith('['))
            {
                inside = line == "[Install]";
                continue;
            }

            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (!inside || equals < 1)
                continue;
            string key = line[..equals].TrimEnd();
            string value = line[(equals + 1)..].Trim();
            if (key == "DefaultInstance")
                DefaultInstance = value.Length == 0 ? null : value;
            else if (lists.TryGetValue(key, out List<string>? list))
                Extend(list, value);
        }
    }

    private static void Extend(List<string> list, string value)
    {
        if (value.Length == 0)
            list.Clear();
        else
            list.AddRange(value.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('"', '\'')));
    }

    /// <summary>Lines without comments; a backslash at the end joins the next line, comments in between are skipped.</summary>
    private static IEnumerable<string> LogicalLines(string text)
    {
        StringBuilder pending = new();
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Trim();
            if (line.StartsWith('#') || line.StartsWith(';'))
                continue;
            if (line.EndsWith('\\'))
            {
                pending.Append(line, 0, line.Length - 1).Append(' ');
                continue;
            }

            pending.Append(line);
            if (pending.Length > 0)
                yield return pending.ToString();
            pending.Clear();
        }

        if (pending.Length > 0)
            yield return pending.ToString();
    }
}
