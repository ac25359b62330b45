using ImageFactory.Images.Extents;
using ImageFactory.Images.Fat;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Fat;

[Trait("needs", "mtools")]
public sealed class FatFileSystemTests
{
    [Theory]
    [InlineData(12, 2, 4)]
    [InlineData(16, 20, 1)]
    [InlineData(32, 40, 1)]
    public void Files_and_long_names_are_read_as_mtools_wrote_them(int bits, int megabytes, int sectorsPerCluster)
    {
        using ScratchFolder folder = new();
        string image = MakeImage(folder, bits, megabytes, sectorsPerCluster);
        byte[] large = Noise(1, 600_000);
        byte[] small = Noise(2, 10);
        Tool.Run("mcopy", "-i", image, folder.Write("BOOTX64.EFI", large), "::/EFI/BOOT/BOOTX64.EFI");
        Tool.Run("mcopy", "-i", image, folder.Write("a", small), "::/EFI/a rather long name with umlauts äöü.addon.efi");
        Tool.Run("mcopy", "-i", image, folder.Write("empty", []), "::/empty");

        using RawFileSource source = RawFileSource.Open(image);
        FatFileSystem files = FatFileSystem.Open(source);

        Assert.Equal(
            ["/EFI", "/EFI/BOOT", "/EFI/BOOT/BOOTX64.EFI", "/EFI/a rather long name with umlauts äöü.addon.efi", "/empty"],
            files.Walk().Select(entry => entry.Path).Order(StringComparer.Ordinal));
        Assert.Equal(large, Content(files, "\\efi\\boot\\bootx64.efi"));
        Assert.Equal(small, Content(files, "/EFI/A RATHER LONG NAME WITH UMLAUTS äöü.ADDON.EFI"));
        Assert.Empty(Content(files, "empty"));
        Assert.Null(files.Find("/EFI/none"));
    }

    [Fact]
    public void A_file_in_pieces_is_put_together()
    {
        using ScratchFolder folder = new();
        string image = MakeImage(folder, 16, 20, 1);
        for (int number = 0; number < 20; number++)
            Tool.Run("mcopy", "-i", image, folder.Write("filler", Noise(number, 1500)), $"::/f{number}");
        for (int number = 0; number < 20; number += 2)
            Tool.Run("mdel", "-i", image, $"::/f{number}");
        byte[] content = Noise(99, 200_000);
        Tool.Run("mcopy", "-i", image, folder.Write("pieces", content), "::/pieces");

        using RawFileSource source = RawFileSource.Open(image);
        FatFileSystem files = FatFileSystem.Open(source);

        Assert.Equal(content, Content(files, "pieces"));
        // Ten fillers are left; EFI and the file itself come on top.
        Assert.Equal(12, files.List().Count);
    }

    [Fact]
    public void A_folder_that_holds_itself_is_a_fault()
    {
        using ScratchFolder folder = new();
        string image = MakeImage(folder, 32, 40, 1);
        byte[] bytes = File.ReadAllBytes(image);
        // The entry "BOOT" in the folder EFI gets EFI's own first cluster, 3: the root has 2, EFI was made next.
        int entry = bytes.AsSpan().IndexOf("BOOT       "u8);
        bytes[entry + 26] = 3;

        FatFileSystem files = FatFileSystem.Open(MemorySource.Of(bytes));
        FactoryException refused = Assert.Throws<FactoryException>(() => files.Walk().Count());

        Assert.Equal("IFI502", refused.Faults[0].Code);
    }

    [Fact]
    public void Something_else_is_told_apart()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => FatFileSystem.Open(MemorySource.Of(new byte[4096])));

        Assert.Equal("IFI501", refused.Faults[0].Code);
    }

    private static string MakeImage(ScratchFolder folder, int bits, int megabytes, int sectorsPerCluster)
    {
        string image = folder.Write("fat", new byte[megabytes << 20]);
        Tool.Run("mkfs.vfat", "--invariant", "-F", $"{bits}", "-i", "12345678", "-s", $"{sectorsPerCluster}", image);
        Tool.Run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT");
        return image;
    }

    private static byte[] Content(FatFileSystem files, string path)
    {
        IExtentSource file = files.OpenFile(files.Find(path)!);
        byte[] content = new byte[file.Length];
        file.Read(0, content);
        return content;
    }

    private static byte[] Noise(int seed, int size)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
