using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>The packages of a system with RPM, and the files that they own.</summary>
internal static class RpmPackages
{
    /// <summary>Keys that rpm trusts stand among the packages.</summary>
    private const string Key = "gpg-pubkey";

    private static readonly string[] SourceEnds = [".nosrc.rpm", ".src.rpm"];

    /// <exception cref="FactoryException">IFA962 to IFA964: the database cannot be read.</exception>
    public static InstalledPackages Read(FileTree tree, OperatingSystemFacts system)
    {
        List<SbomPackage> packages = [];
        OwnedPaths owned = new(tree);
        RpmDatabase.Read(tree, headers =>
        {
            foreach (RpmHeader header in headers.Where(IsPackage))
            {
                packages.Add(PackageOf(header, system));
                AddFiles(owned, header);
            }

            return packages.Count;
        });
        IEnumerable<SbomPackage> sorted = packages.DistinctBy(p => p.Url)
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal).ThenBy(p => p.Version, StringComparer.Ordinal);
        return new InstalledPackages("rpm", [.. sorted], owned.Paths, RpmDatabase.Folders);
    }

    /// <summary>How many there are; null when the database cannot be read.</summary>
    public static int? Count(FileTree tree)
    {
        try
        {
            return RpmDatabase.Read<int?>(tree, headers => headers.Count(IsPackage));
        }
        catch (FactoryException)
        {
            return null;
        }
    }

    private static bool IsPackage(RpmHeader header) => header.Text(RpmTag.Name) is not (null or Key);

    private static SbomPackage PackageOf(RpmHeader header, OperatingSystemFacts system)
    {
        string name = header.Text(RpmTag.Name)!;
        string version = $"{header.Text(RpmTag.Version)}-{header.Text(RpmTag.Release)}";
        string architecture = header.Text(RpmTag.Architecture) ?? "";
        string epoch = header.Numbers(RpmTag.Epoch) is [> 0 and var number, ..] ? number.ToString(CultureInfo.InvariantCulture) : "";
        string declared = header.Text(RpmTag.Licence) ?? "";
        string? expression = SpdxExpression.Read(declared);
        return new SbomPackage(
            name,
            epoch.Length == 0 ? version : $"{epoch}:{version}",
            architecture,
            PackageUrl.Of("rpm", VendorOf(system), name, version, ("arch", architecture), ("epoch", epoch), ("distro", system.Distribution)),
            SourceOf(header.Text(RpmTag.SourcePackage), (name, version)),
            expression)
        {
            LicenceWords = expression is null && declared.Length > 0 ? declared : null,
            Supplier = header.Text(RpmTag.Vendor),
        };
    }

    /// <summary>Name and version out of the file name <c>bash-5.1.8-9.el9.src.rpm</c>.</summary>
    private static (string Name, string Version) SourceOf(string? file, (string Name, string Version) itself)
    {
        if (file is null || SourceEnds.FirstOrDefault(e => file.EndsWith(e, StringComparison.Ordinal)) is not { } end)
            return itself;
        string[] parts = file[..^end.Length].Split('-');
        return parts.Length < 3 ? itself : (string.Join('-', parts[..^2]), $"{parts[^2]}-{parts[^1]}");
    }

    /// <summary>Package URLs name the maker, which for one distribution is not what it calls itself.</summary>
    private static string VendorOf(OperatingSystemFacts system) =>
        system.Id == "rhel" ? "redhat" : system.Id.StartsWith("opensuse", StringComparison.Ordinal) ? "opensuse" : system.Id;

    private static void AddFiles(OwnedPaths owned, RpmHeader header)
    {
        string package = header.Text(RpmTag.Name)!;
        IReadOnlyList<string> folders = header.Texts(RpmTag.Folders);
        IReadOnlyList<string> names = header.Texts(RpmTag.BaseNames);
        IReadOnlyList<uint> indexes = header.Numbers(RpmTag.FolderIndexes);
        if (indexes.Count != names.Count || indexes.Any(i => i >= folders.Count))
            throw new InvalidDataException($"the file list of {package} does not fit together");
        for (int i = 0; i < names.Count; i++)
            owned.Add(folders[(int)indexes[i]] + names[i], package);
        foreach (string path in header.Texts(RpmTag.FileNames))
            owned.Add(path, package);
    }
}
