using System.IO.Enumeration;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Rules;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Binding;

/// <summary>Checks what a recipe names on this machine.</summary>
internal static class SourceCheck
{
    public static Fault? Find(string text, string path)
    {
        if (string.IsNullOrWhiteSpace(text))
            return BindingFaults.EmptyPath(path);
        return text.Any(char.IsControl) || text.Contains("-----BEGIN", StringComparison.Ordinal) ? BindingFaults.NotAPath(path, NodeText.Quote(text)) : null;
    }

    /// <summary>'*' and '?' stand for files only where a list of files is meant; elsewhere they are letters.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The files that a pattern stands for, in the order of their names; each is written as the pattern is, with its own name.</summary>
    public static IReadOnlyList<SourcePath> Expand(string text, string folder, string path, Action<Fault> report)
    {
        int slash = text.LastIndexOf('/');
        string parent = text[..(slash + 1)];
        string pattern = text[(slash + 1)..];
        if (IsPattern(parent))
        {
            report(BindingFaults.PatternInFolder(path, text));
            return [];
        }

        string full = Path.GetFullPath(parent.Length == 0 ? "." : parent, folder);
        string[] names = Directory.Exists(full)
            ? [.. new DirectoryInfo(full).EnumerateFiles().Select(f => f.Name).Where(n => n[0] != '.' && FileSystemName.MatchesSimpleExpression(pattern, n, ignoreCase: false)).Order(StringComparer.Ordinal)]
            : [];
        if (names.Length == 0)
            report(BindingFaults.NothingMatches(path, text));
        return [.. names.Select(n => new SourcePath(parent + n, Path.Combine(full, n)))];
    }

    public static Fault? FindMissing(SourcePath source, SourceKind kind, string path)
    {
        bool file = File.Exists(source.FullPath);
        bool folder = Directory.Exists(source.FullPath);
        return kind switch
        {
            SourceKind.File or SourceKind.Files when folder => BindingFaults.FileExpected(path, source.Text),
            SourceKind.File or SourceKind.Files when !file => BindingFaults.FileMissing(path, source.Text),
            SourceKind.Folder or SourceKind.NewFolder when file => BindingFaults.FolderExpected(path, source.Text),
            SourceKind.Folder when !folder => BindingFaults.FolderMissing(path, source.Text),
            _ => null,
        };
    }
}
