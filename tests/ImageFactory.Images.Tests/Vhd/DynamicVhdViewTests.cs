using ImageFactory.Images.Extents;
using ImageFactory.Images.Vhd;

namespace ImageFactory.Images.Tests.Vhd;

[Trait("needs", "qemu-img")]
public sealed class DynamicVhdViewTests
{
    [Theory]
    [InlineData(1L << 20, 1)]
    [InlineData((5L << 20) + 512, 2)]
    [InlineData(64L << 20, 0)]
    [InlineData(9000L << 20, 12)]
    public void Qemu_img_and_our_reader_see_the_disk(long size, int pieces)
    {
        using ScratchFolder folder = new();
        using (FileStream raw = File.Create(folder["raw"]))
        {
            raw.SetLength(size);
            Random random = new(pieces);
            for (int i = 0; i < pieces; i++)
            {
                byte[] noise = new byte[100_000];
                random.NextBytes(noise);
                raw.Position = i == 0 ? size - noise.Length : random.NextInt64(size - noise.Length);
                raw.Write(noise);
            }
        }

        using RawFileSource disk = RawFileSource.Open(folder["raw"]);
        using DynamicVhdView view = new(disk, Guid.Parse("11111111-2222-3333-4444-555555555555"));
        using (FileStream file = File.Create(folder["vhd"]))
            view.AsStream().CopyTo(file);

        // The size is the footer's own, not that of its geometry.
        Tool.Run("qemu-img", "compare", "--image-opts", $"driver=raw,file.filename={folder["raw"]}", $"driver=vpc,force_size_calc=current_size,file.filename={folder["vhd"]}");
        using IExtentSource back = DiskImage.Open(folder["vhd"]);
        Assert.Equal(view.DiskSize, back.Length);
        foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            byte[] wanted = new byte[extent.Length];
            byte[] found = new byte[extent.Length];
            disk.Read(extent.Offset, wanted);
            back.Read(extent.Offset, found);
            Assert.Equal(wanted, found);
        }

        Assert.True(view.Length <= ((pieces * 2L) + 1) * ((2 << 20) + 512) + (64 << 10));
    }
}
