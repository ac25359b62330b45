using ImageFactory.Images.Extents;
using ImageFactory.Images.Fat;
using ImageFactory.Images.Uki;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>The EFI programs of an EFI system partition, boot loaders and addons included.</summary>
internal static class EfiPrograms
{
    private const string Extension = ".efi";

    /// <param name="partition">With a FAT file system.</param>
    /// <param name="faults">Receives what is wrong with single programs.</param>
    public static IReadOnlyList<UkiReport> In(IExtentSource partition, List<Fault> faults)
    {
        FatFileSystem files = FatFileSystem.Open(partition);
        List<UkiReport> programs = [];
        foreach (FatEntry entry in files.Walk().Where(e => !e.IsFolder && e.Name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)))
        {
            string path = "\\" + entry.Path.Trim('/').Replace('/', '\\');
            try
            {
                programs.Add(Describe(path, entry.Size, UkiFile.Read(files.OpenFile(entry))));
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
                programs.Add(new UkiReport { Path = path, Size = entry.Size });
            }
        }

        return [.. programs.OrderBy(p => p.Path, StringComparer.Ordinal)];
    }

    private static UkiReport Describe(string path, long size, UkiFile file) => new()
    {
        Path = path,
        Size = size,
        Sections = [.. file.Pe.Sections.Select(s => new UkiSection(s.Name, s.VirtualSize))],
        HasKernel = file.HasKernel,
        CommandLine = file.CommandLine,
        KernelRelease = file.KernelRelease,
        Stub = file.Stub?.Text,
        OsName = file.OsRelease is { } text ? RootInspection.ParseOsRelease(text).GetValueOrDefault("PRETTY_NAME") : null,
        IsSigned = file.Pe.Headers.CertificateSize > 0,
    };
}
