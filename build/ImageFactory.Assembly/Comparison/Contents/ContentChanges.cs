using ImageFactory.Assembly.AgentPolicy;

namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>How the contents of two images differ. A list that is null was not compared.</summary>
public sealed record ContentChanges
{
    public IReadOnlyList<PackageChange>? Packages { get; init; }

    /// <summary>Of the root file system, by path.</summary>
    public IReadOnlyList<FileChange>? Files { get; init; }

    public IReadOnlyList<UnitChange>? Units { get; init; }

    public IReadOnlyList<ArgumentChange>? KernelArguments { get; init; }

    /// <summary>Files of the EFI system partition, of programs their sections.</summary>
    public IReadOnlyList<DiskDifference>? Boot { get; init; }

    public PolicyDiff? Policy { get; init; }

    /// <summary>What was not compared and why, in words.</summary>
    public IReadOnlyList<string> NotCompared { get; init; } = [];
}

/// <param name="Architecture">In the word of the package manager.</param>
/// <param name="Before">Version; null for one that was added.</param>
/// <param name="After">Version; null for one that was removed.</param>
public sealed record PackageChange(string Name, string Architecture, ChangeKind Kind, string? Before, string? After);

/// <summary>A unit whose state differs: <c>enabled</c>, <c>not enabled</c> (there, and nothing at boot asks for it) or <c>masked</c>.</summary>
/// <param name="Before">Null: there is no such unit.</param>
/// <param name="After">The same of the newer image.</param>
public sealed record UnitChange(string Unit, string? Before, string? After);

/// <param name="Kind">Changed: the arguments are the same in another order, and this is the first that moved.</param>
public sealed record ArgumentChange(string Argument, ChangeKind Kind);
