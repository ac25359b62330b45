namespace ImageFactory.Images.Uki;

/// <summary>Sections of a unified kernel image (UAPI.5).</summary>
public static class SectionNames
{
    public const string OsRelease = ".osrel";
    public const string CommandLine = ".cmdline";
    public const string KernelRelease = ".uname";
    public const string Linux = ".linux";
    public const string Initrd = ".initrd";
    public const string Sbat = ".sbat";
    public const string StubMagic = ".sdmagic";
}
