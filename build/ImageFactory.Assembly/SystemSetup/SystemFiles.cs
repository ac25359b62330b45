using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>The files that a recipe adds; they belong to root.</summary>
internal static class SystemFiles
{
    public static IReadOnlyList<Fault> Put(FileTree tree, SystemFile file)
    {
        if (!file.Path.StartsWith('/'))
            return [SystemFaults.BadPath(file.Path, "it does not start with '/'")];
        if (!TreePath.TryNormalise(file.Path, out string? path, out string? problem))
            return [SystemFaults.BadPath(file.Path, problem)];
        if (!UnixMode.TryParse(file.Mode, out int mode))
            return [SystemFaults.BadMode(file.Path, file.Mode)];
        if (file.Content is null == file.Source is null)
            return [SystemFaults.ContentOrSource(file.Path)];

        try
        {
            TreeEntry entry = file.Source is { } source
                ? TreeEntry.File(new FileContent(source.FullPath, 0, LengthOf(source.FullPath)), mode)
                : TreeEntry.Text(file.Content!, mode);
            tree.Put(path, entry);
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [SystemFaults.SourceMissing(file.Source!.Text, e.Message)];
        }
        catch (FactoryException e)
        {
            return e.Faults;
        }
    }

    /// <summary>Opened, so that a file which cannot be read is found before the build starts to write.</summary>
    private static long LengthOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return stream.Length;
    }
}
