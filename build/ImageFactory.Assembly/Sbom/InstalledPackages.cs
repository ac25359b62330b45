using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom;

/// <summary>What the package database of a root file system says.</summary>
/// <param name="Manager">dpkg or rpm.</param>
/// <param name="Packages">By name and architecture.</param>
/// <param name="Owned">Paths that packages brought, as they are in the tree, with the names of the packages.</param>
/// <param name="Folders">Where the manager keeps its database, which is no content of its own.</param>
internal sealed record InstalledPackages(string Manager, IReadOnlyList<SbomPackage> Packages, IReadOnlyDictionary<string, string> Owned, IReadOnlyList<string> Folders)
{
    /// <summary>Null when there is no database.</summary>
    /// <exception cref="FactoryException">IFA962 to IFA964: there is one that cannot be read.</exception>
    public static InstalledPackages? Find(FileTree tree)
    {
        OperatingSystemFacts system = OperatingSystemFacts.Of(tree);
        return DpkgPackages.IsIn(tree) ? new InstalledPackages("dpkg", DpkgPackages.Read(tree, system), DpkgPackages.Owned(tree), [DpkgPackages.Folder])
            : RpmDatabase.IsIn(tree) ? RpmPackages.Read(tree, system)
            : null;
    }

    public bool IsDatabase(string path) => Folders.Any(f => TreePath.IsWithin(path, f));
}
