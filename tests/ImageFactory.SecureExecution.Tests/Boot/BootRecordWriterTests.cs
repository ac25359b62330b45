using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Boot;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Tests.Writing;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Boot;

public sealed class BootRecordWriterTests
{
    private const string StageOneSays = "Secure unpack facility is not available";

    [Theory]
    [InlineData(1024)]
    [InlineData(4096)]
    [Trait("needs", "mke2fs")]
    public async Task The_file_system_stays_clean_and_the_image_is_found_on_the_disk(int blockSize)
    {
        using ScratchFolder scratch = new();
        byte[] image = Vectors.SeBytes("cases", "c02-full", "se.img");
        await BootDisk.CreateAsync(scratch["disk.img"], scratch, blockSize, 16 << 20, ("se.img", image), ("bootmap", BootDisk.BootMapPlaceholder()));
        await File.WriteAllBytesAsync(scratch["stage3.bin"], RandomNumberGenerator.GetBytes(16384), TestContext.Current.CancellationToken);

        await using FileStream disk = File.Open(scratch["disk.img"], FileMode.Open, FileAccess.ReadWrite);
        BootRecordWriter.Write(disk, "disk.img", new BootRecordRequest { Stage3 = scratch["stage3.bin"] });
        SecureImage found = SecureImage.Open(disk, "disk.img");

        Assert.Equal("disk.img, partition 1, /se.img", found.Place);
        Assert.Equal(Vectors.SeBytes("cases", "c02-full", "sehdr.bin"), found.Header.Bytes.ToArray());
        Assert.Equal("zIPL"u8.ToArray(), disk.TryReadAt(0, 4));
        Assert.Equal([0x55, 0xAA], disk.TryReadAt(510, 2));
        byte[] volume = disk.TryReadAt(1 << 20, 16 << 20)!;
        await File.WriteAllBytesAsync(scratch["after.ext4"], volume, TestContext.Current.CancellationToken);
        (int exit, string output) = await Programs.RunAsync(Programs.Need("e2fsck"), "-fn", scratch["after.ext4"]);
        Assert.True(exit == 0, output);
    }

    [Fact]
    [Trait("needs", "mke2fs")]
    public async Task All_that_is_missing_is_told_at_once()
    {
        using ScratchFolder scratch = new();
        await BootDisk.CreateAsync(scratch["disk.img"], scratch, 4096, 16 << 20, ("other", [1]));
        await using FileStream disk = File.Open(scratch["disk.img"], FileMode.Open, FileAccess.ReadWrite);

        FactoryException exception = Assert.Throws<FactoryException>(
            () => BootRecordWriter.Write(disk, "disk.img", new BootRecordRequest { Stage3 = scratch["missing"] }));

        Assert.Equal(["IFS801", "IFS805", "IFS805"], exception.Faults.Select(f => f.Code));
    }

    [Theory]
    [InlineData("direct", 4096)]
    [InlineData("disk", 4096)]
    [InlineData("disk", 1024)]
    [Trait("needs", "qemu-system-s390x")]
    [Trait("needs", "s390-tools")]
    public async Task Qemu_starts_it_as_far_as_a_machine_without_secure_execution_goes(string how, int blockSize)
    {
        string qemu = Programs.Need("qemu-system-s390x");
        string loaders = RealLoaders.Need();
        using ScratchFolder scratch = new();
        using SecureImageResult result = await GoldenCaseTests.CreateAsync("c12-real", scratch["se.img"], loaders);
        List<string> arguments = ["-nodefaults", "-display", "none", "-serial", "stdio", "-monitor", "none", "-m", "512"];
        if (how == "direct")
        {
            arguments.AddRange(["-kernel", scratch["se.img"]]);
        }
        else
        {
            string stage3 = Path.Combine(RealLoaders.NeedTools(), "usr/lib/s390-tools/stage3.bin");
            byte[] image = await File.ReadAllBytesAsync(scratch["se.img"], TestContext.Current.CancellationToken);
            await BootDisk.CreateAsync(scratch["disk.img"], scratch, blockSize, 16 << 20, ("se.img", image), ("bootmap", BootDisk.BootMapPlaceholder()));
            await using (FileStream disk = File.Open(scratch["disk.img"], FileMode.Open, FileAccess.ReadWrite))
                BootRecordWriter.Write(disk, "disk.img", new BootRecordRequest { Stage3 = stage3 });
            arguments.AddRange(["-drive", $"file={scratch["disk.img"]},format=raw,if=none,id=d", "-device", "virtio-blk-ccw,drive=d,bootindex=1"]);
        }

        (_, string output) = await Programs.RunAsync(qemu, arguments);

        Assert.Contains(StageOneSays, output, StringComparison.Ordinal);
    }
}
