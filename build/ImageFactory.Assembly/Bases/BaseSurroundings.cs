using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Packages;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Bases;

/// <summary>What the host found out for a build: facts about the machine and files beside the recipe.</summary>
public sealed record BaseSurroundings
{
    public required RecipeOrigins Origins { get; init; }

    /// <summary>Whether the build runs as root.</summary>
    public required bool AsRoot { get; init; }

    /// <summary>Mirrors that the host itself uses, where it does.</summary>
    public required (string? Main, string? Security) HostMirror { get; init; }

    /// <summary>Versions of the host's programs that shape bytes, by name.</summary>
    public required IReadOnlyDictionary<string, string> HostPrograms { get; init; }

    /// <summary>Ask the archives again, however fresh the last answer is.</summary>
    public bool AskAgain { get; init; }

    /// <summary>Packages of the lock file, or null when there is none.</summary>
    public PackageLock? Lock { get; init; }

    /// <summary>Digests of images that the lock file has, by reference.</summary>
    public IReadOnlyDictionary<string, string> LockedImages { get; init; } = new Dictionary<string, string>();

    public required string LockPath { get; init; }

    /// <summary>The host's own tools, or null when a tools tree is to be made.</summary>
    public HostTools? ImageTools { get; init; }

    public HostTools? BootTools { get; init; }

    /// <summary>How images in registries are reached.</summary>
    public required RegistryAccess Registry { get; init; }

    /// <summary>What a bundle has of disks that would be fetched; null without a bundle.</summary>
    public BundleContents? Bundle { get; init; }

    /// <summary>Where a container engine may be found.</summary>
    public EngineSettings Engine { get; init; } = new();

    internal ContentDigest? LockedDigestOf(ImageReference image) => LockedImages.TryGetValue(image.ToString(), out string? digest) ? ContentDigest.Parse(digest) : null;
}
