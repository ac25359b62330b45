using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom;

/// <summary>What is in an image, in no format yet.</summary>
internal sealed record SbomContent
{
    /// <summary>Name of the recipe.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the image file.</summary>
    public required Sha256 Image { get; init; }

    public required string ImageFile { get; init; }

    /// <summary>Of the factory.</summary>
    public required string ToolVersion { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required OperatingSystemFacts System { get; init; }

    /// <summary>By name and architecture.</summary>
    public required IReadOnlyList<SbomPackage> Packages { get; init; }

    /// <summary>Files of the root file system that no package brought, by path.</summary>
    public required IReadOnlyList<SbomFile> Files { get; init; }

    /// <summary>What is in the image and not listed, in words; empty: nothing.</summary>
    public required IReadOnlyList<string> NotListed { get; init; }

    /// <summary>A name-based UUID (RFC 9562, version 8) of the image, so that the same image has the same documents.</summary>
    public Guid DocumentId
    {
        get
        {
            byte[] bytes = Convert.FromHexString(Sha256.Of($"sbom {Image}").Hex)[..16];
            bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
            bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
            return new Guid(bytes, bigEndian: true);
        }
    }
}

/// <param name="Id">As <c>ID</c> of os-release: debian.</param>
/// <param name="Version">As <c>VERSION_ID</c>; empty when it has none.</param>
/// <param name="Name">As <c>NAME</c>: Debian GNU/Linux.</param>
internal sealed record OperatingSystemFacts(string Id, string Version, string Name)
{
    /// <summary>As package URLs name it: debian-13.</summary>
    public string Distribution => Version.Length == 0 ? Id : $"{Id}-{Version}";

    public static OperatingSystemFacts Of(FileTree tree)
    {
        IReadOnlyDictionary<string, string> release = RootTreeFacts.OsRelease(tree.ReadText("/etc/os-release") ?? "");
        return new OperatingSystemFacts(release.GetValueOrDefault("ID", "linux"), release.GetValueOrDefault("VERSION_ID", ""), release.GetValueOrDefault("NAME", "Linux"));
    }
}

/// <param name="Version">Whole, with epoch.</param>
/// <param name="Url">Package URL.</param>
/// <param name="Source">Source package and its version.</param>
/// <param name="Licence">SPDX expression; null when the package's words are no SPDX names.</param>
internal sealed record SbomPackage(string Name, string Version, string Architecture, string Url, (string Name, string Version) Source, string? Licence)
{
    /// <summary>What the package says of its licence, in words that are no SPDX expression; null where it says nothing, or <see cref="Licence"/> says it.</summary>
    public string? LicenceWords { get; init; }

    /// <summary>Who made the package; null: who made the system.</summary>
    public string? Supplier { get; init; }
}

/// <param name="Path">Absolute inside the image.</param>
/// <param name="Sha1">SPDX demands it.</param>
internal sealed record SbomFile(string Path, Sha256 Sha256, string Sha1);
