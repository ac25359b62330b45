using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Pe;

/// <summary>
/// Adds sections behind those of an EFI program, as ukify 257 does: raw data at multiples of the file alignment, addresses at
/// multiples of the section alignment, symbol table dropped, checksum zero (firmware does not look at it). Only the stub is held in memory.
/// </summary>
internal sealed class PeAppender
{
    private const int MaximumStubSize = 16 << 20;

    private readonly string stubPath;
    private readonly PeHeaders headers;
    private readonly IReadOnlyList<PeSection> stubSections;
    private readonly List<(NewPeSection Section, PeSection Header)> added = [];
    private byte[] image;

    private PeAppender(string stubPath, PeFile stub)
    {
        this.stubPath = stubPath;
        headers = stub.Headers;
        stubSections = stub.Sections;
        image = stub.Source.ReadBytes(0, (int)stub.Source.Length);
    }

    private Span<byte> OptionalHeader => image.AsSpan(headers.OptionalOffset);

    /// <exception cref="FactoryException">IFI301, IFI302: the stub is no sound PE file, or signed.</exception>
    public static PeAppender Open(string stubPath)
    {
        using RawFileSource source = RawFileSource.Open(stubPath);
        if (source.Length > MaximumStubSize)
            throw PeFaults.Malformed(stubPath, 0, $"{source.Length} bytes are too many for a stub").Raise();
        PeFile stub = PeFile.Read(source);
        if (stub.Headers.CertificateSize != 0)
            throw PeFaults.StubSigned(stubPath).Raise();
        PeAppender appender = new(stubPath, stub);
        appender.Prepare();
        return appender;
    }

    /// <summary>
    /// Bytes that the content of a section of the stub may have: what it takes in the file, and in memory up to the next section
    /// (stubs of systemd 252 have sections closer together in memory than in the file). Null when there is no such section.
    /// </summary>
    public long? RoomOf(string name)
    {
        if (stubSections.FirstOrDefault(section => section.Name == name) is not { } found)
            return null;
        long next = stubSections.Where(section => section.VirtualAddress > found.VirtualAddress).Select(section => (long)section.VirtualAddress)
            .DefaultIfEmpty(uint.MaxValue).Min();
        return Math.Min(found.RawSize, next - found.VirtualAddress);
    }

    /// <summary>Gives a section of the stub another content, within its room.</summary>
    /// <exception cref="FactoryException">IFI311: the room is too small.</exception>
    public void Replace(string name, byte[] content)
    {
        if (content.Length > (RoomOf(name) ?? 0))
            throw PeFaults.NoSectionRoom(stubPath, name, content.Length, RoomOf(name) ?? 0).Raise();
        int index = stubSections.ToList().FindIndex(section => section.Name == name);
        Span<byte> raw = image.AsSpan((int)stubSections[index].RawOffset, (int)stubSections[index].RawSize);
        raw.Clear();
        content.CopyTo(raw);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(SectionHeaderOffset(index) + 8), (uint)content.Length);
    }

    /// <exception cref="FactoryException">IFI303, IFI304, IFI305, IFI306: no room for the header, name taken, too large, content missing.</exception>
    public void Add(NewPeSection section)
    {
        if (stubSections.Any(present => present.Name == section.Name) || added.Any(present => present.Section.Name == section.Name))
            throw PeFaults.SectionExists(stubPath, section.Name).Raise();
        int count = stubSections.Count + added.Count;
        uint sizeOfHeaders = BinaryPrimitives.ReadUInt32LittleEndian(OptionalHeader[PeFormat.SizeOfHeaders..]);
        if (SectionHeaderOffset(count + 1) > sizeOfHeaders)
            throw PeFaults.NoHeaderRoom(stubPath, section.Name, SectionHeaderOffset(count + 1), sizeOfHeaders).Raise();

        using Stream content = section.Open();
        PeSection last = added.Count > 0 ? added[^1].Header : stubSections[^1];
        long rawOffset = added.Count > 0 ? (long)last.RawOffset + last.RawSize : RoundUp(image.Length, headers.FileAlignment);
        long rawSize = RoundUp(content.Length, headers.FileAlignment);
        long address = RoundUp((long)last.VirtualAddress + last.VirtualSize, headers.SectionAlignment);
        if (rawOffset + rawSize > uint.MaxValue || RoundUp(address + content.Length, headers.SectionAlignment) > uint.MaxValue)
            throw PeFaults.TooLarge(stubPath, section.Name).Raise();

        // Kernels before EFI stub loading are run where they are: hence code.
        uint kind = section.Name == ".linux" ? PeFormat.ContainsCode : PeFormat.ContainsInitializedData;
        PeSection header = new(section.Name, (uint)content.Length, (uint)address, (uint)rawSize, (uint)rawOffset, kind | PeFormat.Readable);
        added.Add((section, header));
        WriteSectionHeader(header, SectionHeaderOffset(count));
    }

    /// <summary>Takes away the promise that the program keeps code and data apart, for a kernel that does not.</summary>
    public void ClearNxCompatible()
    {
        Span<byte> flags = OptionalHeader[PeFormat.DllCharacteristics..];
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(flags);
        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(value & ~PeFormat.NxCompatible));
    }

    public async Task WriteAsync(Stream output, CancellationToken cancellation)
    {
        FinishHeaders();
        await output.WriteAsync(image, cancellation).ConfigureAwait(false);
        long written = image.Length;
        foreach ((NewPeSection section, PeSection header) in added)
        {
            written += await PadAsync(output, header.RawOffset - written, cancellation).ConfigureAwait(false);
            await using Stream content = section.Open();
            if (content.Length != header.VirtualSize)
                throw PeFaults.SectionChanged(section.Place, section.Name).Raise();
            await content.CopyToAsync(output, 1 << 20, cancellation).ConfigureAwait(false);
            if (content.Position != header.VirtualSize)
                throw PeFaults.SectionChanged(section.Place, section.Name).Raise();
            written += header.VirtualSize;
        }

        if (added.Count > 0)
            await PadAsync(output, (long)added[^1].Header.RawOffset + added[^1].Header.RawSize - written, cancellation).ConfigureAwait(false);
    }

    private static async Task<long> PadAsync(Stream output, long count, CancellationToken cancellation)
    {
        await output.WriteAsync(new byte[count], cancellation).ConfigureAwait(false);
        return count;
    }

    private static long RoundUp(long value, uint step) => (value + step - 1) / step * step;

    private int SectionHeaderOffset(int index) => headers.SectionTableOffset + (index * PeSection.HeaderSize);

    private void Prepare()
    {
        if (!uint.IsPow2(headers.FileAlignment) || headers.FileAlignment is < 512 or > 65536)
            throw PeFaults.Malformed(stubPath, headers.OptionalOffset + PeFormat.FileAlignment, $"a file alignment of {headers.FileAlignment}").Raise();
        if (!uint.IsPow2(headers.SectionAlignment) || headers.SectionAlignment < headers.FileAlignment)
            throw PeFaults.Malformed(stubPath, headers.OptionalOffset + PeFormat.SectionAlignment, $"a section alignment of {headers.SectionAlignment}").Raise();
        if (stubSections.Count == 0)
            throw PeFaults.Malformed(stubPath, headers.SectionTableOffset, "a stub without sections").Raise();
        foreach (PeSection section in stubSections.Where(section => section.RawSize > 0))
        {
            if (section.RawOffset % headers.FileAlignment != 0 || section.RawSize % headers.FileAlignment != 0)
                throw PeFaults.Malformed(stubPath, section.RawOffset, $"section {section.Name} is not aligned to {headers.FileAlignment} bytes").Raise();
        }

        DropSymbols();
        // Raw data starts at a multiple of the file alignment, so the headers may reach up to there.
        long firstData = stubSections.Where(section => section.RawSize > 0).Select(section => (long)section.RawOffset).DefaultIfEmpty(image.Length).Min();
        long room = Math.Min(RoundUp(headers.SizeOfHeaders, headers.FileAlignment), firstData);
        if (room < headers.SizeOfHeaders)
            throw PeFaults.Malformed(stubPath, headers.OptionalOffset + PeFormat.SizeOfHeaders, "the headers overlap the first section").Raise();
        BinaryPrimitives.WriteUInt32LittleEndian(OptionalHeader[PeFormat.SizeOfHeaders..], (uint)room);
    }

    /// <summary>Stubs before systemd 253 carry a symbol table at their end, which an image should not have.</summary>
    private void DropSymbols()
    {
        Span<byte> header = image.AsSpan(headers.PeOffset);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(header[PeFormat.PointerToSymbols..]);
        long end = start + ((long)PeFormat.SymbolSize * BinaryPrimitives.ReadUInt32LittleEndian(header[PeFormat.NumberOfSymbols..]));
        if (start == 0 || end > image.Length - 4)
            return;
        // The string table follows, its size (these four bytes included) first.
        end += BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan((int)end));
        if (end != image.Length)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(header[PeFormat.PointerToSymbols..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header[PeFormat.NumberOfSymbols..], 0);
        ushort characteristics = BinaryPrimitives.ReadUInt16LittleEndian(header[PeFormat.Characteristics..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[PeFormat.Characteristics..], (ushort)(characteristics | PeFormat.LocalSymbolsStripped));
        image = image[..(int)start];
    }

    private void WriteSectionHeader(PeSection section, int offset)
    {
        Span<byte> header = image.AsSpan(offset, PeSection.HeaderSize);
        header.Clear();
        Encoding.ASCII.GetBytes(section.Name, header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], section.VirtualSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], section.VirtualAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], section.RawSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], section.RawOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(header[36..], section.Characteristics);
    }

    private void FinishHeaders()
    {
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(headers.PeOffset + PeFormat.NumberOfSections), (ushort)(stubSections.Count + added.Count));
        BinaryPrimitives.WriteUInt32LittleEndian(OptionalHeader[PeFormat.CheckSum..], 0);
        if (added.Count == 0)
            return;
        PeSection last = added[^1].Header;
        BinaryPrimitives.WriteUInt32LittleEndian(
            OptionalHeader[PeFormat.SizeOfImage..], (uint)RoundUp((long)last.VirtualAddress + last.VirtualSize, headers.SectionAlignment));
        uint initialized = (uint)added.Sum(section => (long)section.Header.VirtualSize);
        Span<byte> field = OptionalHeader[PeFormat.SizeOfInitializedData..];
        BinaryPrimitives.WriteUInt32LittleEndian(field, unchecked(BinaryPrimitives.ReadUInt32LittleEndian(field) + initialized));
    }
}
