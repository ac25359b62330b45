namespace ImageFactory.Assembly.Comparison;

/// <summary>A name of two root file systems that is not the same in both.</summary>
/// <param name="Path">Absolute inside the image.</param>
/// <param name="What">How a changed one differs, one line for each: kind, mode, owner, target, attributes, bytes.</param>
public sealed record FileChange(string Path, ChangeKind Kind, IReadOnlyList<string> What)
{
    /// <summary>The package that brought it, in the newer image where it is there; null: none, or not known.</summary>
    public string? Package { get; init; }

    /// <summary>The package manager keeps it for itself: it changes with the packages.</summary>
    public bool IsPackageDatabase { get; init; }
}
