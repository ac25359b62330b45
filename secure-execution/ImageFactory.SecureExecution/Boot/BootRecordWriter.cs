using ImageFactory.Model;
using ImageFactory.SecureExecution.Disk;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>
/// Makes a disk startable on s390x without zipl, loop devices or privileges: fills the boot map's blocks and the first 152 bytes
/// of the disk. Nothing may move the image or the map afterwards; conversion to qcow2 keeps both where they are.
/// </summary>
public static class BootRecordWriter
{
    /// <summary>Stage 3 lies between its address and the stack.</summary>
    private const long MaximumStage3 = 0x5000;

    private const long AddressLimit = 1L << 31;

    /// <param name="disk">The raw disk, readable and writable.</param>
    /// <param name="name">The disk's file, for faults.</param>
    /// <exception cref="FactoryException">IFS801 to IFS808, before a byte is written.</exception>
    public static void Write(Stream disk, string name, BootRecordRequest request)
    {
        List<Fault> faults = [];
        byte[]? stage3 = ReadStage3(request.Stage3, faults);
        (Ext4FileSystem FileSystem, long PartitionLba)? boot = OpenPartition(disk, name, request.Partition, faults);
        FileBlocks? image = boot is null ? null : Find(boot.Value, name, request.ImageFile, faults);
        FileBlocks? ramdisk = boot is null || request.RamdiskFile is null ? null : Find(boot.Value, name, request.RamdiskFile, faults);
        FileBlocks? own = boot is null ? null : Find(boot.Value, name, request.BootMapFile, faults);
        FactoryException.ThrowIfAny(faults);

        BootMap map = BootMap.Create(own!, stage3!, image!, ramdisk, request.CommandLine);
        byte[] bytes = map.Bytes;
        if (!map.Fits || bytes.Length > own!.Size)
            throw new FactoryException(BootFaults.BootMapTooSmall(name, own!.Size, bytes.Length));
        if (map.End > AddressLimit)
            throw new FactoryException(BootFaults.AboveTwoGibibytes(request.ImageFile, map.End));
        WriteMap(disk, own, bytes);
        disk.Position = 0;
        disk.Write(map.FirstSector());
    }

    private static void WriteMap(Stream disk, FileBlocks own, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += FileBlocks.BlockSize)
        {
            disk.Position = own.Find(at / FileBlocks.BlockSize)!.Value * FileBlocks.BlockSize;
            disk.Write(bytes.AsSpan(at, Math.Min(FileBlocks.BlockSize, bytes.Length - at)));
        }
    }

    private static byte[]? ReadStage3(string path, List<Fault> faults)
    {
        try
        {
            long size = new FileInfo(path).Length;
            if (size is > 0 and <= MaximumStage3)
                return File.ReadAllBytes(path);
            faults.Add(BootFaults.Stage3Size(path, size));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(BootFaults.Stage3Missing(path, cause));
        }

        return null;
    }

    private static (Ext4FileSystem, long)? OpenPartition(Stream disk, string name, int number, List<Fault> faults)
    {
        if (GuidPartitionTable.TryRead(disk)?.FirstOrDefault(p => p.Number == number) is not { } partition)
        {
            faults.Add(BootFaults.NoPartition(name, number));
            return null;
        }

        if (Ext4FileSystem.TryOpen(new SubStream(disk, partition.Start, partition.Length)) is { } fileSystem)
            return (fileSystem, partition.Start / FileBlocks.BlockSize);
        faults.Add(BootFaults.NoFileSystem(name, number));
        return null;
    }

    private static FileBlocks? Find((Ext4FileSystem FileSystem, long PartitionLba) boot, string name, string file, List<Fault> faults)
    {
        if (boot.FileSystem.TryFind(file) is not { } found)
        {
            faults.Add(BootFaults.NoFile(name, file));
            return null;
        }

        if (found.Size > 0)
            return new FileBlocks(found, boot.PartitionLba);
        faults.Add(BootFaults.EmptyFile(file));
        return null;
    }
}
