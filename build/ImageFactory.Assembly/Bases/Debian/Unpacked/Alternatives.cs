using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Makes the links of update-alternatives(1), read from the packages' scripts: <c>--install LINK NAME PATH PRIORITY</c> with its
/// <c>--slave LINK NAME PATH</c>. Of several choices the one of highest priority wins. Only calls whose words are literal are followed.
/// </summary>
internal static class Alternatives
{
    public static void Make(FileTree tree, IEnumerable<string> scripts)
    {
        Dictionary<string, (int Priority, List<(string Link, string Name, string Path)> Links)> best = new(StringComparer.Ordinal);
        foreach (string script in scripts)
        {
            foreach (string line in script.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            {
                if (Read(line) is { } found && tree.Find(found.Links[0].Path) is not null && (!best.TryGetValue(found.Links[0].Name, out var other) || other.Priority < found.Priority))
                    best[found.Links[0].Name] = found;
            }
        }

        foreach ((string link, string name, string path) in best.Values.SelectMany(b => b.Links))
        {
            if (tree.Find(path) is null || tree.FindSelf(link) is not null)
                continue;
            tree.Put($"/etc/alternatives/{name}", TreeEntry.Link(path));
            tree.Put(link, TreeEntry.Link($"/etc/alternatives/{name}"));
        }
    }

    private static (int Priority, List<(string Link, string Name, string Path)> Links)? Read(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        int at = Array.IndexOf(words, "--install");
        if (at < 1 || !words[at - 1].EndsWith("update-alternatives", StringComparison.Ordinal) && !words.Contains("update-alternatives") || at + 4 >= words.Length)
            return null;
        if (!int.TryParse(words[at + 4], out int priority))
            return null;
        List<(string Link, string Name, string Path)> links = [(words[at + 1], words[at + 2], words[at + 3])];
        for (int i = at + 5; i + 3 < words.Length && words[i] == "--slave"; i += 4)
            links.Add((words[i + 1], words[i + 2], words[i + 3]));
        return links.All(l => l.Link.StartsWith('/') && l.Path.StartsWith('/') && !(l.Link + l.Name + l.Path).Contains('$', StringComparison.Ordinal)) ? (priority, links) : null;
    }
}
