using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Comparison.Contents;

/// <summary>What was found in one image.</summary>
internal sealed record ImageContents
{
    /// <summary>The root file system; null when it cannot be read.</summary>
    public FileTree? Tree { get; init; }

    /// <summary>The tree has owners, all modes and attributes.</summary>
    public bool KnowsOwners { get; init; }

    public RootReport? Root { get; init; }

    /// <summary>Null: there is no package database that is read.</summary>
    public InstalledPackages? Packages { get; init; }

    /// <summary>Of the one kernel image on the EFI system partition.</summary>
    public string? CommandLine { get; init; }

    /// <summary>EFI system partition; null when there is none, or it has no FAT file system.</summary>
    public IExtentSource? Esp { get; init; }

    /// <summary>Why something is not there, in words.</summary>
    public required IReadOnlyList<string> Missing { get; init; }
}
