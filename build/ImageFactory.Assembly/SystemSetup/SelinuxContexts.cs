using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>
/// The labels that a system's own SELinux policy gives to paths (file_contexts(5)): lines of <c>pattern [-type] context</c>, patterns anchored at both ends.
/// Of those that match the last one holds, but a pattern without special characters goes before all others. Paths are first rewritten by
/// <c>file_contexts.subs_dist</c> and <c>file_contexts.subs</c>.
/// </summary>
internal sealed class SelinuxContexts
{
    public const string Attribute = "security.selinux";

    private const string Config = "/etc/selinux/config";

    /// <summary>What makes a pattern more than a path.</summary>
    private const string Special = @".^$?*+|[({";

    private readonly List<Rule> rules = [];
    private readonly Dictionary<(string Path, string? Type), Rule> exact = [];
    private readonly List<(string From, string To)> substitutes = [];

    private SelinuxContexts(FileTree tree, string folder)
    {
        foreach (string name in (string[])["file_contexts", "file_contexts.homedirs", "file_contexts.local"])
            AddRules(ReadLarge(tree, $"{folder}/{name}"));
        foreach (string name in (string[])["file_contexts.subs", "file_contexts.subs_dist"])
            AddSubstitutes(ReadLarge(tree, $"{folder}/{name}"));
    }

    /// <summary>The rules of the policy that the system is set to, or null when it uses no SELinux.</summary>
    public static SelinuxContexts? Of(FileTree tree)
    {
        Dictionary<string, string> settings = (tree.ReadText(Config) ?? "").Split('\n', StringSplitOptions.TrimEntries)
            .Where(l => !l.StartsWith('#') && l.Contains('=', StringComparison.Ordinal)).Select(l => l.Split('=', 2))
            .GroupBy(p => p[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal);
        if (!settings.TryGetValue("SELINUX", out string? mode) || mode is "disabled" || !settings.TryGetValue("SELINUXTYPE", out string? type))
            return null;
        string folder = $"/etc/selinux/{type}/contexts/files";
        return tree.Find($"{folder}/file_contexts") is null ? null : new SelinuxContexts(tree, folder);
    }

    /// <summary>The label of a path, or null where the policy gives none.</summary>
    public string? LabelOf(string path, TreeEntryType type)
    {
        string looked = Substituted(path);
        string kind = TypeText(type);
        Rule? found = exact.GetValueOrDefault((looked, kind)) ?? exact.GetValueOrDefault((looked, null));
        for (int i = rules.Count - 1; found is null && i >= 0; i--)
        {
            if (rules[i].Matches(looked, kind))
                found = rules[i];
        }

        return found?.Context;
    }

    /// <summary>The rules of a distribution are half a megabyte and grow.</summary>
    private static string? ReadLarge(FileTree tree, string path)
    {
        if (tree.Find(path) is not { Type: TreeEntryType.File } file || file.Content.Length > 16 << 20)
            return null;
        using StreamReader reader = new(file.Content.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private string Substituted(string path)
    {
        foreach ((string from, string to) in substitutes)
        {
            if (path == from || path.StartsWith(from + "/", StringComparison.Ordinal))
                return to + path[from.Length..];
        }

        return path;
    }

    private void AddRules(string? text)
    {
        foreach (string[] words in Lines(text).Where(w => w.Length is 2 or 3))
        {
            string? type = words.Length == 3 ? words[1] : null;
            string? context = words[^1] == "<<none>>" ? null : words[^1];
            string? path = PlainPath(words[0]);
            Rule rule = new(words[0], type, context);
            if (path is not null)
                exact[(path, type)] = rule;
            else
                rules.Add(rule);
        }
    }

    private void AddSubstitutes(string? text)
    {
        foreach (string[] words in Lines(text).Where(w => w.Length == 2))
            substitutes.Add((words[0].TrimEnd('/'), words[1].TrimEnd('/')));
    }

    private static IEnumerable<string[]> Lines(string? text) => (text ?? "").Split('\n', StringSplitOptions.TrimEntries)
        .Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The path that a pattern without special characters stands for, escapes taken away; null for a real pattern.</summary>
    private static string? PlainPath(string pattern)
    {
        StringBuilder plain = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
                plain.Append(pattern[++i]);
            else if (Special.Contains(pattern[i], StringComparison.Ordinal))
                return null;
            else
                plain.Append(pattern[i]);
        }

        return plain.ToString();
    }

    private static string TypeText(TreeEntryType type) => type switch
    {
        TreeEntryType.Directory => "-d",
        TreeEntryType.SymbolicLink => "-l",
        TreeEntryType.CharacterDevice => "-c",
        TreeEntryType.BlockDevice => "-b",
        TreeEntryType.Fifo => "-p",
        _ => "--",
    };

    private sealed class Rule(string pattern, string? type, string? context)
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

        /// <summary>Most patterns begin with a path: what does not share it need not be matched.</summary>
        private readonly string stem = StemOf(pattern);
        private Regex? regex;

        public string? Context { get; } = context;

        public bool Matches(string path, string kind)
        {
            if ((type is not null && type != kind) || !path.StartsWith(stem, StringComparison.Ordinal))
                return false;
            regex ??= new Regex(string.Create(CultureInfo.InvariantCulture, $"^(?:{pattern})\\z"), RegexOptions.CultureInvariant, Limit);
            return regex.IsMatch(path);
        }

        private static string StemOf(string pattern)
        {
            int end = pattern.IndexOfAny(['.', '^', '$', '?', '*', '+', '|', '[', '(', '{', '\\']);
            // The slash of a stem is sure; what follows it may be made optional by the next character.
            return end < 0 ? pattern : pattern[..(pattern.AsSpan(0, end).LastIndexOf('/') + 1)].TrimEnd('/');
        }
    }
}
