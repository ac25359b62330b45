using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;

namespace ImageFactory.Images.Tests.Qcow2;

public sealed class Qcow2ViewTests
{
    private const long Mebi = 1 << 20;

    [Theory]
    [Trait("needs", "qemu-img")]
    [InlineData(1, 1)]
    [InlineData(65_536, 1)]
    [InlineData((3 * Mebi) + 700, 3)]
    [InlineData(64 * Mebi, 0)]
    [InlineData(600 * Mebi, 5)]
    [InlineData(9000 * Mebi, 40)]
    [InlineData(3L << 40, 4)]
    public void Qemu_img_finds_it_sound_and_equal_to_the_disk(long size, int pieces)
    {
        using ScratchFolder folder = new();
        MakeSparse(folder["raw"], size, pieces);
        using RawFileSource disk = RawFileSource.Open(folder["raw"]);
        using Qcow2View view = new(disk);
        using (FileStream file = File.Create(folder["qcow2"]))
            view.AsStream().CopyTo(file);

        Tool.Run("qemu-img", "check", "-f", "qcow2", folder["qcow2"]);
        Tool.Run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", folder["raw"], folder["qcow2"]);
        long data = disk.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length);
        Assert.True(view.Length <= data + (pieces * 3 * 65_536) + (size >> 27) + (8 * 65_536), $"{view.Length} bytes for {data} of data");
    }

    [Fact]
    public void Any_part_reads_the_same_as_the_whole()
    {
        using ScratchFolder folder = new();
        MakeSparse(folder["raw"], (5 * Mebi) + 700, 6);
        using RawFileSource disk = RawFileSource.Open(folder["raw"]);
        using Qcow2View view = new(disk);
        byte[] whole = new byte[view.Length];
        view.Read(0, whole);
        Random random = new(4);

        for (int i = 0; i < 300; i++)
        {
            byte[] part = new byte[random.Next(1, 200_000)];
            long offset = random.NextInt64(view.Length - part.Length);
            view.Read(offset, part);
            Assert.True(whole.AsSpan((int)offset, part.Length).SequenceEqual(part), $"{part.Length} bytes at {offset}");
        }
    }

    [Fact]
    public void Our_own_reader_sees_the_disk_and_its_holes()
    {
        using ScratchFolder folder = new();
        MakeSparse(folder["raw"], 700 * Mebi, 3);
        using RawFileSource disk = RawFileSource.Open(folder["raw"]);
        using Qcow2Source back = new(new Qcow2View(disk));

        Assert.Equal(disk.Length, back.Length);
        Assert.InRange(back.Extents().Count(e => e.Kind == ExtentKind.Data), 1, 3);
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            byte[] wanted = new byte[extent.Length];
            byte[] found = new byte[extent.Length];
            disk.Read(extent.Offset, wanted);
            back.Read(extent.Offset, found);
            Assert.Equal(wanted, found);
        }
    }

    private static void MakeSparse(string path, long size, int pieces)
    {
        using FileStream file = File.Create(path);
        file.SetLength(size);
        Random random = new(pieces);
        for (int i = 0; i < pieces; i++)
        {
            byte[] noise = new byte[(int)Math.Min(size, 100_000)];
            random.NextBytes(noise);
            file.Position = i == 0 ? size - noise.Length : random.NextInt64(size - noise.Length + 1);
            file.Write(noise);
        }
    }
}
