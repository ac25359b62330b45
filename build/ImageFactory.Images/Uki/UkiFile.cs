using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Model;

namespace ImageFactory.Images.Uki;

/// <summary>A unified kernel image or an addon, opened to read. The source stays its owner's.</summary>
public sealed class UkiFile
{
    /// <summary>The kernel takes 2048 bytes of command line on x86 and 4096 on s390x; anything much longer is not a text.</summary>
    private const int TextLimit = 64 << 10;

    private UkiFile(PeFile pe) => Pe = pe;

    public PeFile Pe { get; }

    /// <summary>The text of <c>.cmdline</c>, without a terminating NUL; null when there is no such section.</summary>
    public string? CommandLine => Text(SectionNames.CommandLine);

    public string? OsRelease => Text(SectionNames.OsRelease);

    public string? KernelRelease => Text(SectionNames.KernelRelease);

    /// <summary>Null when the file is not made from systemd-stub.</summary>
    public StubVersion? Stub => Pe.Find(SectionNames.StubMagic) is null ? null : StubVersion.Parse(Pe.ReadSection(SectionNames.StubMagic, TextLimit));

    /// <summary>True when there is a kernel in it; an addon has none.</summary>
    public bool HasKernel => Pe.Find(SectionNames.Linux) is not null;

    /// <exception cref="FactoryException">IFI301: not a sound PE file.</exception>
    public static UkiFile Read(IExtentSource file) => new(PeFile.Read(file));

    private string? Text(string section) =>
        Pe.Find(section) is null ? null : Encoding.UTF8.GetString(Pe.ReadSection(section, TextLimit)).TrimEnd('\0');
}
