using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>The folder that a Containerfile copies from: the one that the recipe names, or the Containerfile's own.</summary>
public static class ContextFolder
{
    /// <returns>Null for a ready image.</returns>
    public static SourcePath? Of(BootcBase settings) => settings.Containerfile is { } file ? Of(file, settings.Context) : null;

    internal static SourcePath Of(SourcePath containerfile, SourcePath? context) =>
        context ?? new SourcePath(Path.GetDirectoryName(containerfile.Text) is { Length: > 0 } above ? above : ".", Path.GetDirectoryName(containerfile.FullPath)!);
}
