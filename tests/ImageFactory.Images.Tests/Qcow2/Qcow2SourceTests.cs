using System.Buffers.Binary;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Qcow2;

[Trait("needs", "qemu-img")]
public sealed class Qcow2SourceTests
{
    [Theory]
    [InlineData("compat=1.1,cluster_size=512", false)]
    [InlineData("compat=1.1,cluster_size=4096", false)]
    [InlineData("compat=1.1,cluster_size=4096", true)]
    [InlineData("compat=1.1,cluster_size=65536", true)]
    [InlineData("compat=1.1,cluster_size=2097152", true)]
    [InlineData("compat=1.1,cluster_size=512,compression_type=zlib", true)]
    [InlineData("compat=1.1,cluster_size=4096,compression_type=zstd", true)]
    [InlineData("compat=1.1,cluster_size=65536,compression_type=zstd", true)]
    [InlineData("compat=1.1,cluster_size=2097152,compression_type=zstd", true)]
    [InlineData("compat=0.10,cluster_size=65536", false)]
    [InlineData("compat=0.10,cluster_size=65536", true)]
    [InlineData("compat=0.10,cluster_size=4096", true)]
    [InlineData("compat=0.10,cluster_size=2097152", false)]
    [InlineData("compat=1.1,preallocation=metadata", false)]
    [InlineData("compat=1.1,lazy_refcounts=on,refcount_bits=64", false)]
    public void The_disk_is_the_one_qemu_img_was_given(string options, bool compress)
    {
        using ScratchFolder folder = new();
        byte[] content = Sample(seed: options.Length, size: (9 << 20) + 1536);
        string raw = folder.Write("raw", content);
        Tool.Run("qemu-img", [.. (string[])["convert", "-f", "raw", "-O", "qcow2"], .. compress ? ["-c"] : Array.Empty<string>(), "-o", options, raw, folder["qcow2"]]);

        using IExtentSource disk = DiskImage.Open(folder["qcow2"]);

        AssertSame(content, disk);
        // The sample's zeros fill no cluster of 2 MiB, and preallocation leaves no cluster out.
        if (!options.Contains("2097152", StringComparison.Ordinal) && !options.Contains("preallocation", StringComparison.Ordinal))
            Assert.Contains(disk.Extents(), extent => extent.Kind == ExtentKind.Hole);
    }

    [Fact]
    public void Zero_clusters_and_snapshots_show_the_active_disk()
    {
        using ScratchFolder folder = new();
        byte[] content = Sample(seed: 9, size: 4 << 20);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", folder.Write("raw", content), folder["qcow2"]);
        Tool.Run("qemu-img", "snapshot", "-c", "before", folder["qcow2"]);
        Tool.Run("qemu-io", "-c", "write -z 256k 512k", "-c", "write -P 0xab 1M 64k", "-c", "write -z -u 2M 128k", folder["qcow2"]);
        content.AsSpan(256 << 10, 512 << 10).Clear();
        content.AsSpan(1 << 20, 64 << 10).Fill(0xab);
        content.AsSpan(2 << 20, 128 << 10).Clear();

        using IExtentSource disk = DiskImage.Open(folder["qcow2"]);

        AssertSame(content, disk);
        Assert.Contains(disk.Extents(), extent => extent.Kind == ExtentKind.Hole && extent.Offset <= 256 << 10 && extent.End >= 768 << 10);
    }

    [Theory]
    [InlineData("create", "-f", "qcow2", "-o", "extended_l2=on", "{out}", "1M")]
    [InlineData("create", "-f", "qcow2", "-o", "data_file={dir}", "{out}", "1M")]
    [InlineData("create", "-f", "qcow2", "-b", "{raw}", "-F", "raw", "{out}", "1M")]
    public void What_cannot_be_read_faithfully_is_refused(params string[] arguments)
    {
        using ScratchFolder folder = new();
        string raw = folder.Write("raw", new byte[1 << 20]);
        Tool.Run("qemu-img", [.. arguments.Select(argument => argument
            .Replace("{out}", folder["qcow2"], StringComparison.Ordinal)
            .Replace("{dir}", folder["data"], StringComparison.Ordinal)
            .Replace("{raw}", raw, StringComparison.Ordinal))]);

        FactoryException refused = Assert.Throws<FactoryException>(() => DiskImage.Open(folder["qcow2"]));

        Assert.Equal("IFI111", refused.Faults[0].Code);
    }

    [Theory]
    [InlineData(72, 2UL, "IFI111")] // corrupt
    [InlineData(32, 2UL << 32, "IFI111")] // encrypted with LUKS
    [InlineData(72, 32UL, "IFI111")] // a feature of tomorrow
    [InlineData(36, 0xffff_ffff_0000_0000UL, "IFI112")] // L1 entries
    [InlineData(40, 0x7000_0000_0000UL, "IFI112")] // L1 offset
    [InlineData(24, ulong.MaxValue, "IFI112")] // virtual size
    [InlineData(20, 63UL << 32, "IFI112")] // cluster bits
    public void A_header_out_of_bounds_is_refused(int offset, ulong value, string code)
    {
        using ScratchFolder folder = new();
        Tool.Run("qemu-img", "create", "-f", "qcow2", folder["qcow2"], "8M");
        byte[] image = File.ReadAllBytes(folder["qcow2"]);
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(offset), value);

        FactoryException refused = Assert.Throws<FactoryException>(() => DiskImage.Open(folder.Write("changed", image)));

        Assert.Equal(code, refused.Faults[0].Code);
    }

    [Fact]
    public void A_backing_file_that_is_allowed_shows_through_where_nothing_was_written()
    {
        using ScratchFolder folder = new();
        byte[] content = Sample(seed: 11, size: (4 << 20) + 512);
        string raw = folder.Write("raw", content);
        Tool.Run("qemu-img", "create", "-f", "qcow2", "-b", raw, "-F", "raw", folder["middle"]);
        Tool.Run("qemu-io", "-c", "write -P 0x11 1M 192k", "-c", "write -z 3M 64k", folder["middle"]);
        Tool.Run("qemu-img", "create", "-f", "qcow2", "-b", folder["middle"], "-F", "qcow2", folder["top"], "6M");
        Tool.Run("qemu-io", "-c", "write -P 0x22 1088k 64k", "-c", "write -z 256k 64k", folder["top"]);
        // Another program's idea of what the chain reads as.
        Tool.Run("qemu-img", "convert", "-O", "raw", folder["top"], folder["flat"]);
        byte[] expected = File.ReadAllBytes(folder["flat"]);

        using IExtentSource disk = DiskImage.OpenWithBacking(folder["top"], [folder["middle"], raw]);

        AssertSame(expected, disk);
    }

    [Fact]
    public void A_backing_file_is_opened_only_when_it_is_named_and_its_format_said()
    {
        using ScratchFolder folder = new();
        string raw = folder.Write("raw", new byte[1 << 20]);
        Tool.Run("qemu-img", "create", "-f", "qcow2", "-b", raw, "-F", "raw", folder["image"]);
        Tool.Run("qemu-img", "create", "-f", "qcow2", "-b", folder["image"], "-F", "qcow2", folder["top"]);
        byte[] unsaid = File.ReadAllBytes(folder["image"]);
        // The extension with the format becomes one of a kind that nobody knows.
        unsaid.AsSpan().Slice(unsaid.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xe2, 0x79, 0x2a, 0xca]), 4).Fill(0x55);

        Assert.Equal("IFI111", FaultOf(() => DiskImage.OpenWithBacking(folder["image"], [folder["other"]])));
        Assert.Equal("IFI111", FaultOf(() => DiskImage.OpenWithBacking(folder["top"], [folder["image"]])));
        Assert.Equal("IFI111", FaultOf(() => DiskImage.OpenWithBacking(folder.Write("unsaid", unsaid), [raw])));

        static string FaultOf(Func<IExtentSource> open) => Assert.Throws<FactoryException>(open).Faults[0].Code;
    }

    [Fact]
    public void A_cut_image_is_a_fault_and_not_zeros()
    {
        using ScratchFolder folder = new();
        byte[] content = new byte[1 << 20];
        new Random(3).NextBytes(content);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", folder.Write("raw", content), folder["qcow2"]);
        byte[] image = File.ReadAllBytes(folder["qcow2"]);

        using IExtentSource disk = DiskImage.Open(folder.Write("cut", image.AsSpan(0, image.Length - 1000)));

        Assert.Throws<FactoryException>(() => disk.Read(0, new byte[1 << 20]));
    }

    [Fact]
    public void A_fixed_vhd_is_its_disk_without_the_footer()
    {
        using ScratchFolder folder = new();
        byte[] content = Sample(seed: 4, size: 3 << 20);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size=on", folder.Write("raw", content), folder["vhd"]);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=dynamic,force_size=on", folder["raw"], folder["dynamic"]);

        using IExtentSource disk = DiskImage.Open(folder["vhd"]);
        using IExtentSource dynamic = DiskImage.Open(folder["dynamic"]);

        AssertSame(content, disk);
        AssertSame(content, dynamic);
    }

    [Fact]
    public void A_dynamic_vhd_tells_what_was_never_written()
    {
        using ScratchFolder folder = new();
        byte[] content = new byte[16 << 20];
        content.AsSpan(5 << 20, 1000).Fill(7);
        Tool.Run("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=dynamic,force_size=on", folder.Write("raw", content), folder["vhd"]);

        using IExtentSource disk = DiskImage.Open(folder["vhd"]);

        // Blocks have 2 MiB, so only the one from 4 to 6 MiB is there.
        Assert.Equal(
            [new Extent(0, 4 << 20, ExtentKind.Hole), new Extent(4 << 20, 2 << 20, ExtentKind.Data), new Extent(6 << 20, 10 << 20, ExtentKind.Hole)],
            disk.Extents());
        AssertSame(content, disk);
    }

    [Fact]
    public void A_differencing_vhd_is_refused()
    {
        using ScratchFolder folder = new();
        Tool.Run("qemu-img", "create", "-f", "vpc", "-o", "subformat=dynamic,force_size=on", folder["vhd"], "4M");
        byte[] image = File.ReadAllBytes(folder["vhd"]);

        // Type 4 instead of 3, and the checksum over the footer mended.
        image[^449] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(image.Length - 448), BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(image.Length - 448)) - 1);

        FactoryException refused = Assert.Throws<FactoryException>(() => DiskImage.Open(folder.Write("differencing", image)));

        Assert.Equal("IFI104", refused.Faults[0].Code);
    }

    /// <summary>Noise, text and zeros in turns, so that some clusters compress, some do not and some are left out.</summary>
    private static byte[] Sample(int seed, int size)
    {
        Random random = new(seed);
        byte[] content = new byte[size];
        for (int at = 0; at < size;)
        {
            Span<byte> part = content.AsSpan(at, Math.Min(random.Next(1, 400_000), size - at));
            switch (random.Next(4))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    part.Fill((byte)random.Next(256));
                    break;
            }

            at += part.Length;
        }

        content.AsSpan(size / 2, 1 << 20).Clear();
        return content;
    }

    private static void AssertSame(byte[] content, IExtentSource disk)
    {
        Assert.Equal(content.Length, disk.Length);
        byte[] whole = new byte[content.Length];
        disk.Read(0, whole);
        Assert.True(content.AsSpan().SequenceEqual(whole));

        long position = 0;
        foreach (Extent extent in disk.Extents())
        {
            Assert.Equal(position, extent.Offset);
            position = extent.End;
            if (extent.Kind == ExtentKind.Hole)
                Assert.False(content.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0));
        }

        Assert.Equal(content.Length, position);
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            int offset = random.Next(content.Length);
            byte[] part = new byte[random.Next(Math.Min(100_000, content.Length - offset))];
            disk.Read(offset, part);
            Assert.True(content.AsSpan(offset, part.Length).SequenceEqual(part));
        }
    }
}
