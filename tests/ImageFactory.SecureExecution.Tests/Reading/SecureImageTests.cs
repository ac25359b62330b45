using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Unpack;

namespace ImageFactory.SecureExecution.Tests.Reading;

public sealed class SecureImageTests
{
    private static readonly byte[] Header = Vectors.SeBytes("cases", "c02-full", "sehdr.bin");

    [Fact]
    public void An_image_of_tools_before_metadata_is_found_and_unpacked()
    {
        byte[] old = Vectors.SeBytes("cases", "c02-full", "se.img");
        old.AsSpan(0xC000, 28).Clear();
        using SecretBytes headerKey = new(Vectors.SeBytes("keys", "hdr-key.bin"));

        SecureImage image = SecureImage.Open(new MemoryStream(old), "old.img");

        Assert.Equal(0x14000, image.HeaderOffset);
        Assert.Empty(UnpackCheck.Run(image, headerKey, null, TestContext.Current.CancellationToken).Faults);
    }

    [Fact]
    public void A_header_alone_is_found_but_cannot_be_unpacked()
    {
        using SecretBytes headerKey = new(Vectors.SeBytes("keys", "hdr-key.bin"));

        SecureImage image = SecureImage.Open(new MemoryStream(Header), "hdr.bin");

        Assert.Equal(0, image.HeaderOffset);
        Assert.Equal("IFS524", Assert.Single(UnpackCheck.Run(image, headerKey, null, TestContext.Current.CancellationToken).Faults).Code);
    }

    [Fact]
    public void On_a_disk_of_another_kind_the_header_is_found_by_a_scan()
    {
        byte[] disk = new byte[5 << 20];
        Header.CopyTo(disk, (3 << 20) + 0x5000);
        Header.CopyTo(disk, 4 << 20);

        SecureImage image = SecureImage.Open(new MemoryStream(disk), "disk.img");

        Assert.Equal("disk.img, offset 0x305000", image.Place);
        Assert.Equal(Header, image.Header.Bytes.ToArray());
    }

    [Fact]
    public void Headers_that_differ_are_not_chosen_from()
    {
        byte[] disk = new byte[5 << 20];
        Header.CopyTo(disk, 3 << 20);
        Vectors.SeBytes("cases", "c01-min", "sehdr.bin").CopyTo(disk, 4 << 20);

        Assert.Equal("IFS410", Fail(disk));
    }

    [Fact]
    public void Where_there_is_none_that_is_said() => Assert.Equal("IFS401", Fail(new byte[1 << 20]));

    [Fact]
    public void A_qcow2_that_was_not_opened_as_one_is_named() => Assert.Equal("IFS412", Fail([0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3, .. new byte[600]]));

    [Fact]
    public void Metadata_that_point_behind_the_end_are_a_damaged_image()
    {
        byte[] cut = Vectors.SeBytes("cases", "c02-full", "se.img")[..0x10000];

        Assert.Equal("IFS411", Fail(cut));
    }

    private static string Fail(byte[] bytes) =>
        Assert.Single(Assert.Throws<FactoryException>(() => SecureImage.Open(new MemoryStream(bytes), "x")).Faults).Code;
}
