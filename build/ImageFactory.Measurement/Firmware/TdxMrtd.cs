using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Firmware;

/// <summary>
/// MRTD of TDX: one SHA-384 over the sections that the metadata of the firmware lists, page by page (Intel TDX Module specification,
/// TDH.MEM.PAGE.ADD and TDH.MR.EXTEND). It covers the firmware and nothing else.
/// </summary>
public static class TdxMrtd
{
    private const int PageSize = 4096;
    private const int ChunkSize = 256;
    private const int SectionSize = 32;
    private const uint Extend = 1;
    private const uint AddedLater = 2;
    private const ulong MaximumMemory = 1UL << 30;

    private static readonly Guid MetadataEntry = new("e47a6535-984a-4798-865e-4685a7bf8ec2");

    /// <summary>Lower-case hex, 96 digits.</summary>
    /// <exception cref="FactoryException">IFM351, IFM352: the firmware cannot be read, or is not made for TDX.</exception>
    public static string Of(string firmware) => Of(OvmfImage.Read(firmware));

    internal static string Of(OvmfImage image)
    {
        byte[] entry = image.Find(MetadataEntry, 4) ?? throw image.Malformed("it has no TDX metadata");
        uint place = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        ReadOnlySpan<byte> header = image.FromEnd(place, 16, "the TDX metadata");
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (!header.StartsWith("TDVF"u8) || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != 1 || count > 64)
            throw image.Malformed("its TDX metadata is of another version");
        ReadOnlySpan<byte> table = image.FromEnd(place, 16 + (count * (long)SectionSize), "the TDX metadata")[16..];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA384);
        for (int at = 0; at < table.Length; at += SectionSize)
            AddSection(hash, image, table.Slice(at, SectionSize));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>offset in the file (4), bytes in the file (4), address (8), bytes in memory (8), type (4), attributes (4).</summary>
    private static void AddSection(IncrementalHash hash, OvmfImage image, ReadOnlySpan<byte> section)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(section);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(section[4..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(section[8..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(section[16..]);
        uint attributes = BinaryPrimitives.ReadUInt32LittleEndian(section[28..]);
        if (size > MaximumMemory || size % PageSize != 0 || (ulong)offset + stored > (ulong)image.Content.Length || stored > size)
            throw image.Malformed($"a section of its TDX metadata has {size} bytes in memory and {stored} in the file");
        byte[] page = new byte[PageSize];
        for (ulong at = 0; at < size; at += PageSize)
        {
            if ((attributes & AddedLater) == 0)
                hash.AppendData(Record("MEM.PAGE.ADD"u8, address + at));
            if ((attributes & Extend) == 0)
                continue;
            page.AsSpan().Clear();
            int count = (int)Math.Min(PageSize, Math.Max(0, (long)stored - (long)at));
            if (count > 0)
                image.Content.AsSpan((int)(offset + at), count).CopyTo(page);
            for (int chunk = 0; chunk < PageSize; chunk += ChunkSize)
            {
                hash.AppendData(Record("MR.EXTEND"u8, address + at + (ulong)chunk));
                hash.AppendData(page, chunk, ChunkSize);
            }
        }
    }

    private static byte[] Record(ReadOnlySpan<byte> name, ulong address)
    {
        byte[] record = new byte[128];
        name.CopyTo(record);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(16), address);
        return record;
    }
}
