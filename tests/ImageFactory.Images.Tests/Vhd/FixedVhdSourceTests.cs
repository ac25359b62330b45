using ImageFactory.Images.Extents;
using ImageFactory.Images.Vhd;

namespace ImageFactory.Images.Tests.Vhd;

public sealed class FixedVhdSourceTests : IDisposable
{
    private static readonly Guid Id = new("00112233-4455-6677-8899-aabbccddeeff");

    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>
    /// Footer of an 8 MiB disk: fields from the published layout; the checksum is the complement of the sum of the other bytes, worked out
    /// apart: cookie 872, features 2, version 1, offset 8*255, creator 420 + 1, host 87+105+50+107, sizes 2*128, geometry 2*255+16+255, type 2, id 2040.
    /// </summary>
    [Fact]
    public void The_footer_has_the_documented_fields()
    {
        byte[] footer = VhdFooter.Make(8 << 20, Id);

        byte[] expected = new byte[512];
        Convert.FromHexString("636f6e6563746978" + "00000002" + "00010000" + "ffffffffffffffff" + "00000000" + "696d6766" + "00010000" + "5769326b"
            + "0000000000800000" + "0000000000800000" + "ffff10ff" + "00000002").CopyTo(expected, 0);
        Convert.FromHexString("00112233445566778899aabbccddeeff").CopyTo(expected, 68);
        uint sum = 0;
        foreach (byte value in expected)
            sum += value;
        Convert.FromHexString((~sum).ToString("x8")).CopyTo(expected, 64);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(footer));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1 << 20, 1)]
    [InlineData((1 << 20) + 1, 2)]
    [InlineData((3 << 20) - 512, 3)]
    public void Qemu_reads_the_same_disk_padded_to_whole_mebibytes(int size, int mebibytes)
    {
        byte[] bytes = new byte[size];
        new Random(7).NextBytes(bytes);
        using RawFileSource disk = RawFileSource.Open(scratch.Write("disk.raw", bytes));
        using FixedVhdSource vhd = new(disk, Id);
        using (FileStream file = File.Create(scratch["disk.vhd"]))
            vhd.AsStream().CopyTo(file);

        string info = Tool.Run("qemu-img", "info", "-f", "vpc", "--output=json", scratch["disk.vhd"]);
        Tool.Run("qemu-img", "convert", "-f", "vpc", "-O", "raw", scratch["disk.vhd"], scratch["back.raw"]);

        byte[] padded = new byte[mebibytes << 20];
        bytes.CopyTo(padded, 0);
        Assert.Equal((mebibytes << 20) + 512, vhd.Length);
        Assert.Contains($"\"virtual-size\": {mebibytes << 20}", info);
        Assert.True(File.ReadAllBytes(scratch["back.raw"]).AsSpan().SequenceEqual(padded));
    }

    [Fact]
    public void Holes_of_the_disk_stay_holes_and_join_the_padding()
    {
        using (FileStream file = File.Create(scratch["sparse.raw"]))
        {
            file.SetLength((5 << 20) + 4096);
            file.Position = 1 << 20;
            file.Write(new byte[] { 1 });
        }

        using RawFileSource disk = RawFileSource.Open(scratch["sparse.raw"]);
        using FixedVhdSource vhd = new(disk, Id);

        Extent[] extents = [.. vhd.Extents()];

        Assert.Equal(ExtentKind.Hole, extents[0].Kind);
        Assert.Equal(new Extent(6 << 20, 512, ExtentKind.Data), extents[^1]);
        Assert.Equal(ExtentKind.Hole, extents[^2].Kind);
        Assert.Equal(6 << 20, extents[^2].End);
        Assert.True(extents.Zip(extents.Skip(1)).All(p => p.First.End == p.Second.Offset && p.First.Kind != p.Second.Kind));
    }

    [Fact]
    public void Any_range_reads_as_the_whole_does()
    {
        byte[] bytes = new byte[(1 << 20) + 777];
        new Random(3).NextBytes(bytes);
        using RawFileSource disk = RawFileSource.Open(scratch.Write("disk.raw", bytes));
        using FixedVhdSource vhd = new(disk, Id);
        byte[] whole = new byte[vhd.Length];
        vhd.Read(0, whole);
        Random random = new(11);

        for (int i = 0; i < 500; i++)
        {
            int offset = random.Next(whole.Length);
            byte[] part = new byte[random.Next(Math.Min(5000, whole.Length - offset + 1))];
            vhd.Read(offset, part);

            Assert.True(part.AsSpan().SequenceEqual(whole.AsSpan(offset, part.Length)));
            Assert.Equal(part.Length, vhd.Extents(offset, part.Length).Sum(e => e.Length));
        }
    }
}
