using ImageFactory.Assembly.Comparison;
using ImageFactory.Assembly.Tests.Inspection;
using ImageFactory.Assembly.Tests.Tree;

namespace ImageFactory.Assembly.Tests.Comparison;

/// <summary>Whole disks, made with the tools of others, of which one thing differs.</summary>
[Trait("needs", "mkfs.erofs fsck.erofs mtools systemd-stub")]
public sealed class DiskComparerTests : IDisposable
{
    private readonly TemporaryFolder first = new();
    private readonly TemporaryFolder second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task The_same_recipe_twice_differs_nowhere()
    {
        Assert.Empty(await CompareAsync(await new TestDisk(first).MakeAsync(), await new TestDisk(second).MakeAsync()));
    }

    [Fact]
    public async Task Another_command_line_is_a_section_of_the_kernel_image()
    {
        string disk = await new TestDisk(second) { Arguments = "systemd.volatile=overlaz" }.MakeAsync();

        IReadOnlyList<DiskDifference> found = await CompareAsync(await new TestDisk(first).MakeAsync(), disk);

        // "roothash=", 64 digits, a space and "systemd.volatile=overla" stand before it.
        Assert.Equal([new DiskDifference("partition 1 (esp), /EFI/BOOT/BOOTX64.EFI, section .cmdline", $"one byte differs, at {9 + 64 + 1 + 23}")], found);
    }

    [Fact]
    public async Task Another_file_of_the_root_is_named_and_so_is_all_that_follows_from_it()
    {
        string disk = await new TestDisk(second) { SystemName = "Tess OS" }.MakeAsync();

        IReadOnlyList<DiskDifference> found = await CompareAsync(await new TestDisk(first).MakeAsync(), disk);

        Assert.Equal(
            ["partition table, entry 2", "partition table, entry 3", "partition 1 (esp), /EFI/BOOT/BOOTX64.EFI, section .cmdline", "partition 2 (root), /etc/os-release", "partition 3 (hash)"],
            found.Select(f => f.Place));
        Assert.StartsWith("id ", found[0].What, StringComparison.Ordinal);
        Assert.Equal("its bytes differ, first at 16", found[3].What);
    }

    [Fact]
    public async Task A_file_in_one_image_alone_is_told()
    {
        string disk = await new TestDisk(second) { SecondKernel = "::/EFI/Linux/other.efi" }.MakeAsync();

        IReadOnlyList<DiskDifference> found = await CompareAsync(await new TestDisk(first).MakeAsync(), disk);

        Assert.Equal([new DiskDifference("partition 1 (esp), /EFI/Linux/other.efi", "only in the second image")], found);
    }

    [Theory]
    [InlineData(700, "partition table and gaps between partitions", "one byte differs, at 700")]
    [InlineData((1 << 20) + (8 << 20) - 1, "partition 1 (esp)", "one byte differs, at 8388607; no file differs, so it is in what the file system keeps of them")]
    public async Task A_byte_outside_of_all_files_is_placed_too(long offset, string place, string what)
    {
        string original = await new TestDisk(first).MakeAsync();
        string changed = second["changed.raw"];
        File.Copy(original, changed);
        using (FileStream stream = File.Open(changed, FileMode.Open))
        {
            stream.Position = offset;
            int was = stream.ReadByte();
            stream.Position = offset;
            stream.WriteByte((byte)(was ^ 1));
        }

        Assert.Equal([new DiskDifference(place, what)], await CompareAsync(original, changed));
    }

    private Task<IReadOnlyList<DiskDifference>> CompareAsync(string one, string other) =>
        new DiskComparer(new ToolRunner(), ToolRunner.CallOf).CompareAsync(one, other, Directory.CreateDirectory(first["work"]), TestContext.Current.CancellationToken);
}
