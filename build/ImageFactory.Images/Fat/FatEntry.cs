namespace ImageFactory.Images.Fat;

/// <summary>A file or folder; the path has slashes and begins with one, names as stored.</summary>
public sealed record FatEntry(string Path, string Name, bool IsFolder, long Size)
{
    internal uint FirstCluster { get; init; }
}
