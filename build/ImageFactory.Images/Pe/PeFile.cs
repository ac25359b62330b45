using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Pe;

/// <summary>
/// An EFI program: its headers and sections, every offset checked against the file. Contents are read on demand.
/// The source stays its owner's.
/// </summary>
public sealed class PeFile
{
    private readonly IExtentSource file;

    private PeFile(IExtentSource file, PeHeaders headers, IReadOnlyList<PeSection> sections)
    {
        this.file = file;
        Headers = headers;
        Sections = sections;
    }

    public string Name => file.Name;

    public PeHeaders Headers { get; }

    /// <summary>In the order of the section table.</summary>
    public IReadOnlyList<PeSection> Sections { get; }

    internal IExtentSource Source => file;

    /// <exception cref="FactoryException">IFI301: the headers are wrong or point outside the file.</exception>
    public static PeFile Read(IExtentSource file)
    {
        PeHeaderReader reader = new(file);
        PeHeaders headers = reader.ReadHeaders();
        return new PeFile(file, headers, reader.ReadSections(headers));
    }

    /// <summary>The only section of this name, or null.</summary>
    /// <exception cref="FactoryException">IFI310: there are several.</exception>
    public PeSection? Find(string name)
    {
        PeSection[] found = [.. Sections.Where(section => section.Name == name)];
        return found.Length > 1 ? throw PeFaults.DuplicateSection(Name, name).Raise() : found.SingleOrDefault();
    }

    /// <summary>The section as it is in memory: virtual-size bytes, zeros where the file has fewer. Padding in the file is left out.</summary>
    public IExtentSource Content(PeSection section)
    {
        long stored = Math.Min(section.VirtualSize, section.RawSize);
        return new ZeroPaddedSource(file, section.RawOffset, stored, section.VirtualSize, $"{Name}#{section.Name}");
    }

    /// <summary>The content of a section that holds something short.</summary>
    /// <exception cref="FactoryException">IFI308: there is no such section. IFI309: it is longer than <paramref name="limit"/>. IFI310: there are several.</exception>
    public byte[] ReadSection(string name, int limit)
    {
        PeSection section = Find(name) ?? throw PeFaults.NoSection(Name, name).Raise();
        if (section.VirtualSize > limit)
            throw PeFaults.SectionTooLong(Name, name, section.VirtualSize, limit).Raise();
        return Content(section).ReadBytes(0, (int)section.VirtualSize);
    }

    /// <summary>The Authenticode digest, which firmware measures into PCR 4 and signatures are made over.</summary>
    /// <exception cref="FactoryException">IFI301: the sections do not add up to the file.</exception>
    public byte[] AuthenticodeDigest(HashAlgorithmName algorithm) => Authenticode.Digest(this, algorithm);

    /// <summary>The parts of the file that the Authenticode digest covers, in the order they count, none empty: for hashing them along with other things.</summary>
    /// <exception cref="FactoryException">IFI301: the sections do not add up to the file.</exception>
    public IReadOnlyList<FileRange> AuthenticodeRanges() =>
        [.. Authenticode.Ranges(this).Where(range => range.End > range.Start).Select(range => new FileRange(range.Start, range.End - range.Start))];
}
