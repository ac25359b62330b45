using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// The marks by which a layer takes away what lies below it (OCI image specification, layer.md): <c>DIR/.wh.NAME</c> removes NAME,
/// <c>DIR/.wh..wh..opq</c> everything in DIR. They say nothing about their own layer.
/// </summary>
/// <param name="Path">What is removed, or the folder whose content is.</param>
/// <param name="IsOpaque">The folder itself stays.</param>
internal sealed record Whiteout(string Path, bool IsOpaque)
{
    private const string Prefix = ".wh.";
    private const string Opaque = ".wh..wh..opq";

    /// <summary>The mark that a name is, or null. Other names that begin with <c>.wh..wh.</c> are notes of aufs and mean nothing.</summary>
    public static Whiteout? Of(string path)
    {
        string name = TreePath.FileName(path);
        if (name == Opaque)
            return new Whiteout(TreePath.Folder(path), IsOpaque: true);
        return IsMark(path) && !name.StartsWith(Prefix + Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length
            ? new Whiteout(TreePath.Join(TreePath.Folder(path), name[Prefix.Length..]), IsOpaque: false)
            : null;
    }

    public static bool IsMark(string path) => TreePath.FileName(path).StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether it takes a path of lower layers away.</summary>
    public bool Hides(string path) => TreePath.IsWithin(path, Path) && (!IsOpaque || path != Path);
}
