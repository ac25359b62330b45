using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Pe;

/// <summary>Reads headers and section table of a PE file; see <see cref="PeFormat"/> for the layout.</summary>
internal sealed class PeHeaderReader(IExtentSource file)
{
    /// <summary>The optional header up to its data directories, in the longer form.</summary>
    private const int OptionalFixedSize = 112;

    public PeHeaders ReadHeaders()
    {
        if (file.Length < 64)
            throw Malformed(0, $"{file.Length} bytes are less than a header");
        Span<byte> pointer = stackalloc byte[4];
        file.Read(PeFormat.PointerToPe, pointer);
        uint peOffset = BinaryPrimitives.ReadUInt32LittleEndian(pointer);
        if (peOffset > int.MaxValue || !file.Holds(peOffset, PeFormat.Optional + OptionalFixedSize))
            throw Malformed(PeFormat.PointerToPe, $"the PE header at 0x{peOffset:x} lies outside the file");

        byte[] header = file.ReadBytes(peOffset, PeFormat.Optional + OptionalFixedSize);
        if (!header.AsSpan().StartsWith(PeFormat.Signature))
            throw Malformed(peOffset, "the signature \"PE\\0\\0\" is missing");
        ReadOnlySpan<byte> optional = header.AsSpan(PeFormat.Optional);
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(optional);
        if (magic is not (PeFormat.Pe32 or PeFormat.Pe32Plus))
            throw Malformed(peOffset + PeFormat.Optional, $"the optional header has the unknown magic 0x{magic:x}");

        int optionalSize = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(PeFormat.OptionalSize));
        uint sizeOfHeaders = BinaryPrimitives.ReadUInt32LittleEndian(optional[PeFormat.SizeOfHeaders..]);
        long sectionTable = peOffset + PeFormat.Optional + optionalSize;
        int sectionCount = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(PeFormat.NumberOfSections));
        if (sectionCount > PeFormat.MaximumSections)
            throw Malformed(peOffset + PeFormat.NumberOfSections, $"{sectionCount} sections are more than {PeFormat.MaximumSections}");
        if (sizeOfHeaders > file.Length)
            throw Malformed(peOffset + PeFormat.Optional + PeFormat.SizeOfHeaders, $"the headers take {sizeOfHeaders} bytes, the file has {file.Length}");
        if (sectionTable + ((long)sectionCount * PeSection.HeaderSize) > sizeOfHeaders)
            throw Malformed(sectionTable, $"the section table does not fit into the {sizeOfHeaders} bytes of headers");

        (int? certificateEntry, uint certificateOffset, uint certificateSize) = ReadCertificateEntry(peOffset, magic, optional, optionalSize);
        return new PeHeaders
        {
            Machine = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(4)),
            IsPe32Plus = magic == PeFormat.Pe32Plus,
            SectionAlignment = BinaryPrimitives.ReadUInt32LittleEndian(optional[PeFormat.SectionAlignment..]),
            FileAlignment = BinaryPrimitives.ReadUInt32LittleEndian(optional[PeFormat.FileAlignment..]),
            SizeOfImage = BinaryPrimitives.ReadUInt32LittleEndian(optional[PeFormat.SizeOfImage..]),
            SizeOfHeaders = sizeOfHeaders,
            CheckSum = BinaryPrimitives.ReadUInt32LittleEndian(optional[PeFormat.CheckSum..]),
            CertificateOffset = certificateOffset,
            CertificateSize = certificateSize,
            DllCharacteristics = BinaryPrimitives.ReadUInt16LittleEndian(optional[PeFormat.DllCharacteristics..]),
            PeOffset = (int)peOffset,
            SectionTableOffset = (int)sectionTable,
            CertificateEntryOffset = certificateEntry,
        };
    }

    public IReadOnlyList<PeSection> ReadSections(PeHeaders headers)
    {
        Span<byte> countBytes = stackalloc byte[2];
        file.Read(headers.PeOffset + PeFormat.NumberOfSections, countBytes);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(countBytes);
        byte[] table = file.ReadBytes(headers.SectionTableOffset, count * PeSection.HeaderSize);
        PeSection[] sections = new PeSection[count];
        for (int index = 0; index < count; index++)
        {
            int offset = index * PeSection.HeaderSize;
            sections[index] = ParseSection(table.AsSpan(offset, PeSection.HeaderSize), headers.SectionTableOffset + offset);
        }

        return sections;
    }

    private (int? Entry, uint Offset, uint Size) ReadCertificateEntry(uint peOffset, ushort magic, ReadOnlySpan<byte> optional, int optionalSize)
    {
        int countOffset = PeFormat.DirectoryCountOffset(magic);
        uint directories = BinaryPrimitives.ReadUInt32LittleEndian(optional[countOffset..]);
        int entryInOptional = countOffset + 4 + (PeFormat.CertificateDirectory * PeFormat.DirectorySize);
        if (directories <= PeFormat.CertificateDirectory)
            return (null, 0, 0);
        long entry = peOffset + PeFormat.Optional + entryInOptional;
        if (entryInOptional + PeFormat.DirectorySize > optionalSize || !file.Holds(entry, PeFormat.DirectorySize))
            throw Malformed(peOffset + PeFormat.Optional + countOffset, $"{directories} data directories do not fit into the optional header");

        Span<byte> bytes = stackalloc byte[PeFormat.DirectorySize];
        file.Read(entry, bytes);
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (size != 0 && !file.Holds(offset, size))
            throw Malformed(entry, $"the certificate table (0x{offset:x}, {size} bytes) lies outside the file");
        return ((int)entry, offset, size);
    }

    private PeSection ParseSection(ReadOnlySpan<byte> header, long place)
    {
        int nameLength = header[..8].IndexOf((byte)0);
        PeSection section = new(
            Printable.Text(Encoding.Latin1.GetString(header[..(nameLength < 0 ? 8 : nameLength)])),
            BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[36..]));
        if (section.RawSize > 0 && !file.Holds(section.RawOffset, section.RawSize))
            throw Malformed(place, $"section {section.Name} (0x{section.RawOffset:x}, {section.RawSize} bytes) lies outside the file");
        return section;
    }

    private FactoryException Malformed(long offset, string what) => PeFaults.Malformed(file.Name, offset, what).Raise();
}
