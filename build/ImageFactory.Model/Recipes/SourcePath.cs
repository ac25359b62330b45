namespace ImageFactory.Model.Recipes;

/// <summary>A path as written in a recipe, and the absolute one it stands for: relative to the file that wrote it.</summary>
public sealed record SourcePath(string Text, string FullPath)
{
    public override string ToString() => Text;
}
