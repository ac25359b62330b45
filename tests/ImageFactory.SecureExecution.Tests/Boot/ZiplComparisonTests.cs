using System.Security.Cryptography;
using ImageFactory.SecureExecution.Boot;
using ImageFactory.SecureExecution.Disk;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Boot;

/// <summary>The real zipl of s390x, run by qemu-user on a loop device, writes a disk; ours must make the same disk of it.</summary>
public sealed class ZiplComparisonTests
{
    private const long PartitionStart = 1 << 20;
    private const long PartitionSize = 40 << 20;

    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    [Trait("needs", "root")]
    [Trait("needs", "qemu-user")]
    [Trait("needs", "s390-tools")]
    public async Task The_whole_disk_is_the_same(int blockSize)
    {
        string qemu = Programs.Find("qemu-s390x-static") ?? Programs.Need("qemu-s390x");
        string root = RealLoaders.NeedTools();
        string zipl = Path.Combine(root, "usr/sbin/zipl");
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control"), "zipl needs root and loop devices");
        using ScratchFolder scratch = new();
        byte[] image = [.. Vectors.SeBytes("cases", "c02-full", "se.img"), .. RandomNumberGenerator.GetBytes(3_000_000)];
        await BootDisk.CreateAsync(scratch["disk"], scratch, blockSize, PartitionSize, ("keep", [1]));

        await RunZiplAsync(scratch, image, qemu, root, zipl);
        byte[] expected = await File.ReadAllBytesAsync(scratch["disk"], TestContext.Current.CancellationToken);
        await using (FileStream disk = File.Open(scratch["disk"], FileMode.Open, FileAccess.ReadWrite))
        {
            EraseRecord(disk);
            Assert.NotEqual("zIPL"u8.ToArray(), disk.TryReadAt(0, 4));
            BootRecordWriter.Write(disk, "disk", new BootRecordRequest { Stage3 = Path.Combine(root, "usr/lib/s390-tools/stage3.bin") });
        }

        byte[] actual = await File.ReadAllBytesAsync(scratch["disk"], TestContext.Current.CancellationToken);
        Assert.Equal("zIPL"u8.ToArray(), expected[..4]);
        Assert.Equal(expected.Length, expected.AsSpan().CommonPrefixLength(actual));
    }

    private static async Task RunZiplAsync(ScratchFolder scratch, byte[] image, string qemu, string root, string zipl)
    {
        await File.WriteAllBytesAsync(scratch["se.img"], image, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(scratch["mnt"]);
        string? whole = null;
        string? partition = null;
        bool mounted = false;
        try
        {
            whole = await SucceedAsync("losetup", "-f", "--show", scratch["disk"]);
            partition = await SucceedAsync("losetup", "-f", "--show", "-o", $"{PartitionStart}", "--sizelimit", $"{PartitionSize}", scratch["disk"]);
            await SucceedAsync("mount", partition, scratch["mnt"]);
            mounted = true;
            await SucceedAsync("cp", "--sparse=never", scratch["se.img"], scratch["mnt/se.img"]);
            await SucceedAsync("sync", "-f", scratch["mnt"]);
            await SucceedAsync(
                qemu, "-L", root, zipl, "-V", "--targetbase", whole, "--targettype", "scsi", "--targetblocksize", "512",
                "--targetoffset", $"{PartitionStart / 512}", "--target", scratch["mnt"], "--image", scratch["mnt/se.img"]);
        }
        finally
        {
            if (mounted)
                await SucceedAsync("umount", scratch["mnt"]);
            if (partition is not null)
                await SucceedAsync("losetup", "-d", partition);
            if (whole is not null)
                await SucceedAsync("losetup", "-d", whole);
        }
    }

    private static void EraseRecord(FileStream disk)
    {
        SubStream volume = new(disk, PartitionStart, PartitionSize);
        FileBlocks map = new(Ext4FileSystem.TryOpen(volume)!.TryFind("bootmap")!, PartitionStart / 512);
        byte[] noise = RandomNumberGenerator.GetBytes(512);
        for (long block = 0; block < map.Size / 512; block++)
        {
            disk.Position = map.Find(block)!.Value * 512;
            disk.Write(noise);
        }

        disk.Position = 0;
        disk.Write(new byte[BootMap.FirstSectorSize]);
    }

    private static async Task<string> SucceedAsync(string program, params string[] arguments)
    {
        (int exit, string output) = await Programs.RunAsync(program, arguments);
        Assert.True(exit == 0, $"{program}: {output}");
        return output.Trim();
    }
}
