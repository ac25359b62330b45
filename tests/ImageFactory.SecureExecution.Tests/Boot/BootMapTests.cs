using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageFactory.SecureExecution.Boot;
using ImageFactory.SecureExecution.Disk;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Boot;

public sealed class BootMapTests
{
    public static TheoryData<string> Cases => ["se-contiguous", "se-holes", "se-fragments", "kernel-parm-initrd", "se-1k-blocks"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_boot_map_is_zipls_byte_for_byte(string name)
    {
        JsonElement expected = Vectors.Json(Vectors.Zipl("cases.json")).EnumerateArray().First(c => c.GetProperty("name").GetString() == name);
        byte[] stage3 = new byte[16384];
        new SeededRandom(Encoding.ASCII.GetBytes("stage3 stand-in")).Fill(stage3);
        FileBlocks? ramdisk = expected.TryGetProperty("ramdisk", out JsonElement file) && file.ValueKind == JsonValueKind.Object ? Blocks(expected, file) : null;
        string? line = expected.TryGetProperty("parm", out JsonElement parm) && parm.ValueKind == JsonValueKind.String ? parm.GetString() : null;

        BootMap map = BootMap.Create(OwnBlocks(expected), stage3, Blocks(expected, expected.GetProperty("image")), ramdisk, line);

        Assert.True(map.Fits);
        Assert.Equal(File.ReadAllBytes(Vectors.Zipl(name + ".bootmap")), map.Bytes);
        Assert.Equal(expected.Hex("bootmap_sha256"), SHA256.HashData(map.Bytes));
        Assert.Equal(expected.Hex("lba0_first152_hex"), map.FirstSector());
    }

    [Fact]
    public void A_placeholder_that_is_too_small_is_seen()
    {
        FileBlocks small = new(new Ext4File(4096, 4096, [new Ext4Extent(0, 100, 1)]), 2048);
        FileBlocks image = new(new Ext4File(4096, 4096, [new Ext4Extent(0, 200, 1)]), 2048);

        Assert.False(BootMap.Create(small, new byte[16384], image, null, null).Fits);
    }

    private static FileBlocks Blocks(JsonElement test, JsonElement file) => new(
        new Ext4File(file.GetProperty("size").GetInt64(), test.GetProperty("bs").GetInt32(), Extents(file.GetProperty("extents"))),
        test.GetProperty("start").GetInt64());

    private static FileBlocks OwnBlocks(JsonElement test) =>
        new(new Ext4File(1 << 16, test.GetProperty("bs").GetInt32(), Extents(test.GetProperty("bootmap"))), test.GetProperty("start").GetInt64());

    private static List<Ext4Extent> Extents(JsonElement list) =>
        [.. list.EnumerateArray().Select(e => new Ext4Extent(e[0].GetInt64(), e[1].GetInt64(), e[2].GetInt64()))];
}
