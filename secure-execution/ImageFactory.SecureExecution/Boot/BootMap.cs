using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>
/// The boot map and the first sector of a disk, as zipl 2.35 to 2.40 write them for the SCSI scheme: what QEMU's firmware and
/// the machine loader read on virtio-blk, virtio-scsi and zFCP (s390x disk, section 2).
/// </summary>
/// <remarks>
/// The map is a file of 512-byte blocks: header · a block of zeros that stands for holes · for each component its data (unless it
/// is a file of its own) and its segment tables, the last table first · environment block (aligned to the file system's blocks)
/// and its table · component table · program table.
/// </remarks>
internal sealed class BootMap
{
    /// <summary>Sector 0 up to the protective partition table's own code area; the rest stays as it is.</summary>
    public const int FirstSectorSize = 152;

    private const int Block = FileBlocks.BlockSize;
    private const int EmptyBlockOffset = Block;
    private const int PointersPerTable = 31;
    private const long HeapAddress = 0x2000;
    private const int HeapSize = 0x4000;
    private const long ParametersAddress = 0x9000;
    private const long Stage3Address = 0xA000;
    private const long StackAddress = 0xF000;
    private const int StackSize = 0x1000;
    private const ulong Stage3Psw = 0x0008_0000_8000_A000;
    private const byte LoadEntry = 2;
    private const byte ExecuteEntry = 1;

    private readonly List<byte> map = [];
    private readonly FileBlocks own;
    private readonly List<(DiskPointer Table, long Address)> components = [];
    private readonly long? programTable;

    private BootMap(FileBlocks own, byte[] stage3, FileBlocks image, FileBlocks? ramdisk, string? commandLine)
    {
        this.own = own;
        int environmentSize = image.FileSystemBlockSize;
        byte[]? line = commandLine is null ? null : Encoding.UTF8.GetBytes(commandLine + "\0");
        LoadPlan plan = LoadPlan.For(image.Size, line is not null, ramdisk?.Size, environmentSize);
        End = plan.End;

        Append(new byte[2 * Block]);
        AddData(HeapAddress, new byte[HeapSize]);
        AddData(StackAddress, new byte[StackSize]);
        AddData(Stage3Address, stage3);
        AddData(ParametersAddress, plan.ToParameters());
        AddFile(LoadPlan.ImageAddress, image);
        if (line is not null)
            AddData(plan.CommandLineAddress!.Value, line);
        if (ramdisk is not null)
            AddFile(plan.RamdiskAddress!.Value, ramdisk);

        Append(new byte[((environmentSize - (map.Count % environmentSize)) % environmentSize)]);
        long environmentOffset = map.Count;
        byte[] environment = new byte[environmentSize];
        "# zIPL Environment Block\n"u8.CopyTo(environment);
        AddData(plan.EnvironmentAddress, environment);
        DiskPointer componentTable = AppendComponentTable();
        programTable = AppendProgramTable(componentTable);
        WriteHeader(environmentOffset);
    }

    /// <summary>Bytes for the bootmap file.</summary>
    public byte[] Bytes => [.. map];

    /// <summary>First address behind everything in memory.</summary>
    public long End { get; }

    /// <summary>Whether the file on the disk has a block for every byte of the map. If not, nothing here is of use.</summary>
    public bool Fits { get; private set; } = true;

    /// <param name="own">The bootmap file, where its blocks are.</param>
    /// <param name="image">The SE image, or a plain kernel.</param>
    public static BootMap Create(FileBlocks own, byte[] stage3, FileBlocks image, FileBlocks? ramdisk, string? commandLine) =>
        new(own, stage3, image, ramdisk, commandLine);

    /// <summary>"zIPL", version 1, pointer to the program table at 16, zeros (section 2.2).</summary>
    public byte[] FirstSector()
    {
        byte[] sector = new byte[FirstSectorSize];
        "zIPL"u8.CopyTo(sector);
        BinaryPrimitives.WriteUInt32BigEndian(sector.AsSpan(4), 1);
        new DiskPointer(programTable ?? 0, 1).Write(sector.AsSpan(16));
        return sector;
    }

    private void AddData(long address, ReadOnlySpan<byte> data)
    {
        long start = map.Count / Block;
        Append(data);
        Append(new byte[(Block - (data.Length % Block)) % Block]);
        List<DiskPointer> pointers = [];
        for (long block = start; block < map.Count / Block; block++)
            AddMerged(pointers, LbaOf(block), 1);
        components.Add((AppendTables(pointers), address));
    }

    private void AddFile(long address, FileBlocks file)
    {
        List<DiskPointer> pointers = [];
        long empty = LbaOf(EmptyBlockOffset / Block);
        foreach ((long lba, long count) in file.Runs())
        {
            if (lba >= 0)
                AddMerged(pointers, lba, count);
            else
                pointers.AddRange(Enumerable.Repeat(new DiskPointer(empty, 1), (int)count));
        }

        components.Add((AppendTables(pointers), address));
    }

    /// <summary>Blocks that follow each other share a pointer, up to 65536 of them.</summary>
    private static void AddMerged(List<DiskPointer> pointers, long lba, long count)
    {
        if (pointers.Count > 0 && pointers[^1] is var last && last.Lba + last.Count == lba && last.Count < DiskPointer.MaximumCount)
        {
            int more = (int)Math.Min(count, DiskPointer.MaximumCount - last.Count);
            pointers[^1] = last with { Count = last.Count + more };
            lba += more;
            count -= more;
        }

        while (count > 0)
        {
            int part = (int)Math.Min(count, DiskPointer.MaximumCount);
            pointers.Add(new DiskPointer(lba, part));
            lba += part;
            count -= part;
        }
    }

    /// <summary>31 pointers in a block, then one to the next table; so the last is written first (sections 2.7 and 2.8).</summary>
    private DiskPointer AppendTables(List<DiskPointer> pointers)
    {
        DiskPointer? next = null;
        int tables = Math.Max(1, (pointers.Count + PointersPerTable - 1) / PointersPerTable);
        for (int table = tables - 1; table >= 0; table--)
        {
            byte[] block = new byte[Block];
            for (int i = 0; i < PointersPerTable && (table * PointersPerTable) + i < pointers.Count; i++)
                pointers[(table * PointersPerTable) + i].Write(block.AsSpan(i * DiskPointer.Size));
            next?.Write(block.AsSpan(PointersPerTable * DiskPointer.Size));
            next = AppendBlock(block);
        }

        return next!.Value;
    }

    /// <summary>"zIPL", type 0, then 32 bytes for each component: pointer, 7 zeros, 2 (load), address; at last 1 (execute) and a PSW (section 2.4).</summary>
    private DiskPointer AppendComponentTable()
    {
        byte[] block = new byte[Block];
        "zIPL"u8.CopyTo(block);
        int at = 32;
        foreach ((DiskPointer table, long address) in components)
        {
            table.Write(block.AsSpan(at));
            block[at + 23] = LoadEntry;
            BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(at + 24), address);
            at += 32;
        }

        block[at + 23] = ExecuteEntry;
        BinaryPrimitives.WriteUInt64BigEndian(block.AsSpan(at + 24), Stage3Psw);
        return AppendBlock(block);
    }

    /// <summary>"zIPL", 12 zeros, then the default entry (section 2.3).</summary>
    private long AppendProgramTable(DiskPointer componentTable)
    {
        byte[] block = new byte[Block];
        "zIPL"u8.CopyTo(block);
        componentTable.Write(block.AsSpan(16));
        return AppendBlock(block).Lba;
    }

    private void WriteHeader(long environmentOffset)
    {
        Span<byte> header = CollectionsMarshal.AsSpan(map)[..Block];
        "zSeries bootmap file\ncreated by zIPL\n"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64BigEndian(header[48..], 1);
        BinaryPrimitives.WriteInt64BigEndian(header[56..], environmentOffset);
    }

    private DiskPointer AppendBlock(byte[] block)
    {
        long number = map.Count / Block;
        Append(block);
        return new DiskPointer(LbaOf(number), 1);
    }

    private void Append(ReadOnlySpan<byte> data) => map.AddRange(data);

    private long LbaOf(long block)
    {
        if (own.Find(block) is { } lba)
            return lba;
        Fits = false;
        return 0;
    }
}
