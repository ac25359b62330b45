namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>Numbers of the tags that are read here (rpm: rpmtag.h).</summary>
internal static class RpmTag
{
    public const int Name = 1000;
    public const int Version = 1001;
    public const int Release = 1002;
    public const int Epoch = 1003;
    public const int Vendor = 1011;
    public const int Licence = 1014;
    public const int Architecture = 1022;

    /// <summary>Whole paths, where a package keeps no folders apart.</summary>
    public const int FileNames = 1027;

    public const int SourcePackage = 1044;
    public const int FolderIndexes = 1116;
    public const int BaseNames = 1117;
    public const int Folders = 1118;
}
