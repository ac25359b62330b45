using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>A GPT disk with one ext4 boot partition, made by mke2fs; the table is written here, as small as readers need it.</summary>
internal static class BootDisk
{
    private const int Sector = 512;
    private const long PartitionStart = 1 << 20;

    /// <param name="files">Names and contents in the root directory.</param>
    public static async Task CreateAsync(string path, ScratchFolder scratch, int blockSize, long partitionSize, params (string Name, byte[] Content)[] files)
    {
        string tree = scratch["boot-tree"];
        Directory.CreateDirectory(tree);
        foreach ((string name, byte[] content) in files)
            await File.WriteAllBytesAsync(Path.Combine(tree, name), content, TestContext.Current.CancellationToken);
        string volume = scratch["boot.ext4"];
        (int exit, string output) = await Programs.RunAsync(
            Programs.Need("mke2fs"), "-q", "-t", "ext4", "-b", $"{blockSize}", "-L", "boot-se", "-d", tree, volume, $"{partitionSize / 1024}k");
        Assert.True(exit == 0, output);

        await using FileStream disk = File.Create(path);
        disk.SetLength(PartitionStart + partitionSize + (1 << 20));
        disk.Write(Table(disk.Length, partitionSize));
        disk.Position = PartitionStart;
        await using FileStream source = File.OpenRead(volume);
        await source.CopyToAsync(disk, TestContext.Current.CancellationToken);
    }

    public static byte[] BootMapPlaceholder()
    {
        byte[] placeholder = new byte[1 << 16];
        placeholder.AsSpan().Fill(0xFF);
        return placeholder;
    }

    private static byte[] Table(long diskSize, long partitionSize)
    {
        byte[] table = new byte[34 * Sector];
        table[446 + 4] = 0xEE;
        table[510] = 0x55;
        table[511] = 0xAA;
        Span<byte> header = table.AsSpan(Sector);
        "EFI PART"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], 2);
        BinaryPrimitives.WriteInt32LittleEndian(header[80..], 128);
        BinaryPrimitives.WriteInt32LittleEndian(header[84..], 128);
        Span<byte> entry = table.AsSpan(2 * Sector);
        Guid.Parse("0fc63daf-8483-4772-8e79-3d69d8477de4").TryWriteBytes(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], PartitionStart / Sector);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], ((PartitionStart + partitionSize) / Sector) - 1);
        System.Text.Encoding.Unicode.GetBytes("boot-se", entry[56..]);
        Assert.True(diskSize > PartitionStart + partitionSize);
        return table;
    }
}
