using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Packages of one suite and architecture, unpacked side by side: programs or data that a build or a test needs and no host of another
/// architecture or release can install. Nothing of them is run to unpack them. The stage named <see cref="Name"/> leaves
/// <c>tree/</c> (the packages' files) and <c>versions.json</c>.
/// </summary>
/// <param name="Name">Name of the stage that leaves the tree.</param>
/// <param name="Suite">Of Debian, such as <c>trixie</c>.</param>
/// <param name="Architecture">In Debian's word: <c>amd64</c>, <c>s390x</c>.</param>
public sealed record PackageTree(string Name, string Suite, string Architecture, IReadOnlyList<string> Packages)
{
    /// <summary>Whether what the packages depend on comes along. Data needs nothing of it.</summary>
    public bool WithDependencies { get; init; } = true;

    /// <summary>The only files that are kept, by their paths below the root; empty: all but documentation.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>
    /// The boot loaders of Secure Execution, and zipl with the one library that it is linked with. Debian has the loaders since 2.40.0,
    /// built for s390x only.
    /// </summary>
    public static PackageTree S390Tools { get; } = new("s390-tools", "sid", "s390x", ["libc6", "s390-tools"]) { WithDependencies = false };

    /// <summary>Folder of <c>stage3a.bin</c> and <c>stage3b_reloc.bin</c> below the tree of <see cref="S390Tools"/>.</summary>
    public const string LoaderFolder = "usr/share/s390-tools/pvimg";

    /// <summary>The loader of a boot record, below the tree of <see cref="S390Tools"/>.</summary>
    public const string Stage3Path = "usr/lib/s390-tools/stage3.bin";

    /// <summary>The two stages: which packages there are today (asked again after a day), and the tree of them.</summary>
    public IReadOnlyList<IStage> StagesFrom(PackageArchives archives)
    {
        ResolveTreeStage resolve = new(this, archives);
        return [resolve, new UnpackTreeStage(this, resolve.Name, archives)];
    }
}
