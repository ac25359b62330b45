using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Firmware;

/// <summary>
/// The launch digest of SEV-SNP: SHA-384 page by page (SEV-SNP firmware ABI, PAGE_INFO), starting with zeros:
/// <c>digest so far (48) | contents (48) | 0x70 (2) | type (1) | zeros (5) | address (8)</c>. It covers the firmware, the first registers of each
/// processor and, on a direct boot, kernel, initrd and command line; nothing of a disk.
/// </summary>
public sealed class SnpLaunchDigest
{
    private const int PageSize = 4096;
    private const byte Normal = 1;
    private const byte Processor = 2;
    private const byte Zero = 3;
    private const byte Unmeasured = 4;
    private const byte Secrets = 5;
    private const byte CpuId = 6;
    private const long MaximumSection = 1L << 30;
    private const uint ResetVector = 0xffff_fff0;
    private const ulong ProcessorPage = 0xffff_ffff_f000;

    private static readonly Guid MetadataEntry = new("dc886566-984a-4798-a75e-5585a7bf67cc");
    private static readonly Guid HashTableEntry = new("7255371f-3a3b-4b04-927b-1da6efa8d454");
    private static readonly Guid ResetEntry = new("00f771de-1a7e-4fcb-890e-68c77e2fb44e");

    private readonly byte[] record = new byte[0x70];

    private SnpLaunchDigest()
    {
    }

    /// <summary>Lower-case hex, 96 digits.</summary>
    /// <param name="direct">Null for a machine that boots from a disk.</param>
    /// <exception cref="FactoryException">IFM351, IFM352: the firmware cannot be read, or is not made for SEV-SNP.</exception>
    public static string Of(string firmware, LaunchedBy host, LaunchCpu cpu, int processors, DirectBoot? direct) =>
        Of(OvmfImage.Read(firmware), host, cpu, processors, direct);

    internal static string Of(OvmfImage image, LaunchedBy host, LaunchCpu cpu, int processors, DirectBoot? direct)
    {
        SnpLaunchDigest digest = new();
        digest.AddFirmware(image);
        digest.AddSections(image, host, direct);
        uint start = image.Find(ResetEntry, 4) is { } reset ? BinaryPrimitives.ReadUInt32LittleEndian(reset) : throw image.Malformed("it names no reset vector");
        for (int index = 0; index < processors; index++)
            digest.Add(Processor, ProcessorPage, SHA384.HashData(SaveArea.Of(index == 0 ? ResetVector : start, host, SignatureOf(cpu))));
        return digest.Hex;
    }

    /// <summary>Of the firmware alone, without what the host adds.</summary>
    internal static string OfFirmware(OvmfImage image)
    {
        SnpLaunchDigest digest = new();
        digest.AddFirmware(image);
        return digest.Hex;
    }

    private string Hex => Convert.ToHexStringLower(record.AsSpan(0, 48));

    private void AddFirmware(OvmfImage image)
    {
        ulong address = (1UL << 32) - (ulong)image.Content.Length;
        for (int offset = 0; offset < image.Content.Length; offset += PageSize)
            Add(Normal, address + (ulong)offset, SHA384.HashData(image.Content.AsSpan(offset, PageSize)));
    }

    private void AddSections(OvmfImage image, LaunchedBy host, DirectBoot? direct)
    {
        byte[] entry = image.Find(MetadataEntry, 4) ?? throw image.Malformed("it has no SEV metadata");
        uint place = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        ReadOnlySpan<byte> header = image.FromEnd(place, 16, "the SEV metadata");
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (!header.StartsWith("ASEV"u8) || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != 1 || count > 64)
            throw image.Malformed("its SEV metadata is of another version");
        List<(ulong Address, uint Size, uint Type)> sections = [];
        ReadOnlySpan<byte> table = image.FromEnd(place, 16 + (count * 12L), "the SEV metadata")[16..];
        for (int at = 0; at < table.Length; at += 12)
        {
            sections.Add((BinaryPrimitives.ReadUInt32LittleEndian(table[at..]), BinaryPrimitives.ReadUInt32LittleEndian(table[(at + 4)..]), BinaryPrimitives.ReadUInt32LittleEndian(table[(at + 8)..])));
        }

        // EC2 places the page with CPUID values after all others.
        foreach ((ulong address, uint size, uint type) in host == LaunchedBy.Ec2 ? sections.OrderBy(s => s.Type == 3) : sections.AsEnumerable())
            AddSection(image, host, direct, address, size, type);
    }

    private void AddSection(OvmfImage image, LaunchedBy host, DirectBoot? direct, ulong address, uint size, uint type)
    {
        if (size > MaximumSection)
            throw image.Malformed($"a section of its SEV metadata has {size} bytes");
        switch (type)
        {
            case 1:
                Empty(host == LaunchedBy.Gce ? Unmeasured : Zero, address, size);
                break;
            case 2:
                Add(Secrets, address, default);
                break;
            case 3:
                Add(CpuId, address, default);
                break;
            case 4:
                Empty(Zero, address, size);
                break;
            case 0x10 when direct is not null:
                byte[] hashes = image.Find(HashTableEntry, 4) ?? throw image.Malformed("it has no place for digests of a kernel");
                Add(Normal, address, SHA384.HashData(direct.Page((int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(hashes) & 0xfff, PageSize - DirectBoot.PaddedSize))));
                break;
            case 0x10:
                Empty(Zero, address, size);
                break;
            default:
                throw image.Malformed($"a section of its SEV metadata is of the unknown type {type}");
        }
    }

    private void Empty(byte type, ulong address, uint size)
    {
        for (ulong offset = 0; offset < size; offset += PageSize)
            Add(type, address + offset, default);
    }

    private void Add(byte type, ulong address, ReadOnlySpan<byte> contents)
    {
        record.AsSpan(48).Clear();
        contents.CopyTo(record.AsSpan(48));
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(96), 0x70);
        record[98] = type;
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(104), address);
        SHA384.HashData(record).CopyTo(record, 0);
    }

    /// <summary>CPUID leaf 1, EAX: family, model and stepping of QEMU's processor models.</summary>
    private static uint SignatureOf(LaunchCpu cpu)
    {
        (uint family, uint model, uint stepping) = cpu switch
        {
            LaunchCpu.EpycMilan => (25u, 1u, 1u),
            LaunchCpu.EpycGenoa => (25u, 17u, 0u),
            LaunchCpu.EpycTurin => (26u, 0u, 0u),
            _ => (23u, 1u, 2u),
        };
        return ((family - 15) << 20) | ((model >> 4) << 16) | (15 << 8) | ((model & 15) << 4) | stepping;
    }
}
