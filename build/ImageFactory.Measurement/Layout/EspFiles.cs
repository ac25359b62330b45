using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Fat;
using ImageFactory.Images.Uki;

namespace ImageFactory.Measurement.Layout;

/// <summary>The files of an EFI system partition by path; paths have backslashes and compare without regard to case, as firmware compares them.</summary>
internal sealed class EspFiles
{
    private const int TextLimit = 64 << 10;

    private readonly FatFileSystem fat;
    private readonly List<(string Path, FatEntry Entry)> entries;
    private readonly Dictionary<string, EfiProgram> programs = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="image">What faults name: the image.</param>
    /// <param name="partition">The EFI system partition.</param>
    /// <exception cref="Model.FactoryException">IFI501, IFI502: not a sound FAT file system.</exception>
    public EspFiles(string image, IExtentSource partition)
    {
        Image = image;
        fat = FatFileSystem.Open(partition);
        entries = [.. fat.Walk().Select(e => (e.Path.Replace('/', '\\'), e))];
    }

    public string Image { get; }

    /// <summary>Paths of all folders.</summary>
    public IEnumerable<string> Folders => entries.Where(e => e.Entry.IsFolder).Select(e => e.Path);

    /// <summary>Paths of all files, as stored.</summary>
    public IEnumerable<string> Paths => entries.Where(e => !e.Entry.IsFolder).Select(e => e.Path);

    /// <summary>Paths of the files right in a folder, sorted by name as stubs sort them: by UTF-16 units, case as stored.</summary>
    public IReadOnlyList<string> In(string folder) =>
    [
        .. Paths.Where(p => string.Equals(FolderOf(p), folder, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal),
    ];

    public string? Find(string path) => Paths.FirstOrDefault(p => string.Equals(p, path, StringComparison.OrdinalIgnoreCase));

    public IExtentSource Open(string path) =>
        fat.OpenFile(entries.First(e => !e.Entry.IsFolder && string.Equals(e.Path, path, StringComparison.OrdinalIgnoreCase)).Entry);

    /// <summary>A short file; longer ones are cut.</summary>
    public byte[] Read(string path)
    {
        IExtentSource file = Open(path);
        byte[] bytes = new byte[(int)Math.Min(TextLimit, file.Length)];
        file.Read(0, bytes);
        return bytes;
    }

    /// <exception cref="Model.FactoryException">IFI301: not a sound PE file.</exception>
    public EfiProgram Program(string path)
    {
        if (!programs.TryGetValue(path, out EfiProgram? program))
        {
            IExtentSource file = Open(path);
            UkiFile content = UkiFile.Read(file);
            program = new EfiProgram(Find(path)!, KindOf(content), file, content);
            programs.Add(path, program);
        }

        return program;
    }

    public static string FolderOf(string path) => path[..path.LastIndexOf('\\')];

    public static string NameOf(string path) => path[(path.LastIndexOf('\\') + 1)..];

    private static ProgramKind KindOf(UkiFile file)
    {
        if (file.HasKernel)
            return ProgramKind.Uki;
        if (Text(file, SectionNames.StubMagic).StartsWith("#### LoaderInfo: systemd-boot ", StringComparison.Ordinal))
            return ProgramKind.SystemdBoot;
        string[] components = [.. Text(file, SectionNames.Sbat).Split('\n').Select(l => l.Split(',')[0])];
        return components.Contains("shim") ? ProgramKind.Shim
            : components.Contains("grub") ? ProgramKind.Grub
            : ProgramKind.Unknown;
    }

    private static string Text(UkiFile file, string section) =>
        file.Pe.Find(section) is null ? "" : Encoding.Latin1.GetString(file.Pe.ReadSection(section, TextLimit));
}
