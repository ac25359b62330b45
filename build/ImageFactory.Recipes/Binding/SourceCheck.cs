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

    public static Fault? FindMissing(SourcePath source, SourceKind kind, string path)
    {
        bool file = File.Exists(source.FullPath);
        bool folder = Directory.Exists(source.FullPath);
        return kind switch
        {
            SourceKind.File when folder => BindingFaults.FileExpected(path, source.Text),
            SourceKind.File when !file => BindingFaults.FileMissing(path, source.Text),
            SourceKind.Folder or SourceKind.NewFolder when file => BindingFaults.FolderExpected(path, source.Text),
            SourceKind.Folder when !folder => BindingFaults.FolderMissing(path, source.Text),
            _ => null,
        };
    }
}
