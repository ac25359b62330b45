using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>Packages and all that they depend on, among those that dpkg's records of a tree list.</summary>
internal static class PackageClosure
{
    public static IReadOnlyList<string> Of(FileTree tree, IEnumerable<string> names)
    {
        Dictionary<string, IReadOnlyDictionary<string, string>> installed = new(StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, string> stanza in DebianControl.Stanzas(tree.ReadDatabase("/var/lib/dpkg/status") ?? ""))
            installed[stanza["Package"]] = stanza;
        ILookup<string, string> providers = installed.Values
            .SelectMany(s => Names(s.GetValueOrDefault("Provides", "")).SelectMany(p => p).Select(p => (Provided: p, By: s["Package"])))
            .ToLookup(p => p.Provided, p => p.By, StringComparer.Ordinal);

        SortedSet<string> found = new(StringComparer.Ordinal);
        Queue<string> open = new(names);
        while (open.TryDequeue(out string? name))
        {
            if (!installed.TryGetValue(name, out IReadOnlyDictionary<string, string>? stanza) || !found.Add(name))
                continue;
            foreach (IReadOnlyList<string> choices in Names(stanza.GetValueOrDefault("Depends", "")).Concat(Names(stanza.GetValueOrDefault("Pre-Depends", ""))))
            {
                if (choices.SelectMany(c => providers[c].Prepend(c)).FirstOrDefault(installed.ContainsKey) is { } chosen)
                    open.Enqueue(chosen);
            }
        }

        return [.. found];
    }

    /// <summary><c>libc6 (>= 2.38), a | b</c> → [libc6], [a, b]: versions and architectures are apt's business and settled.</summary>
    private static IEnumerable<IReadOnlyList<string>> Names(string field) =>
        field.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(relation => (IReadOnlyList<string>)[.. relation.Split('|').Select(choice => choice.Trim().Split(' ', '(', ':', '[', '\n')[0])]);
}
