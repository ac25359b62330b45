using ImageFactory.Model;

namespace ImageFactory.Assembly.Packages;

/// <summary>One package, pinned by digest. The path is relative to the archive it comes from, as in that archive's index.</summary>
public sealed record LockedPackage(string Name, string Version, string Architecture, string Archive, string Path, long Size, Sha256 Sha256)
{
    /// <summary>A name for the file that apt and people both understand: <c>name_version_architecture.deb</c>, the epoch's colon escaped.</summary>
    public string FileName => $"{Name}_{Version.Replace(":", "%3a", StringComparison.Ordinal)}_{Architecture}.deb";
}
