using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Whole disks, made with the tools of others and looked into.</summary>
[Trait("needs", "mkfs.erofs fsck.erofs mtools systemd-stub")]
public sealed class ImageInspectorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ToolRunner runner = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_disk_is_read_from_the_partition_table_down_to_the_accounts()
    {
        string disk = await new TestDisk(folder).MakeAsync();

        ImageReport report = await InspectAsync(disk);

        Assert.Empty(report.Faults);
        Assert.Equal(["vfat", "erofs", "dm-verity hashes"], report.Partitions.Select(p => p.Content));
        Assert.Equal(("raw", @"\EFI\BOOT\BOOTX64.EFI"), (report.Format, report.Uki!.Path));
        Assert.Contains("systemd.volatile=overlay", report.Uki.CommandLine!, StringComparison.Ordinal);
        Assert.False(report.Uki.IsSigned);
        Assert.True(report.Verity!.IsSound);
        Assert.True(report.Verity.IdsMatch);
        Assert.Equal("Test OS", report.Root!.OsRelease["PRETTY_NAME"]);
        Assert.Equal(["/usr/bin/su"], report.Root.SetIdFiles);
        Assert.Equal(["fsck.erofs"], runner.Started);
        Assert.Equal(["IFA910"], LintRules.Check(report).Select(f => f.Code));
    }

    [Fact]
    public async Task A_changed_byte_of_the_root_is_found()
    {
        string disk = await new TestDisk(folder).MakeAsync();
        ImageReport before = await InspectAsync(disk);
        using (FileStream stream = File.OpenWrite(disk))
        {
            // The last block of the root: padding that the file system does not look at, but verity does.
            stream.Position = before.Partitions[1].Offset + (before.Verity!.DataBlocks * 4096) - 1;
            stream.WriteByte(1);
        }

        ImageReport after = await InspectAsync(disk);

        Assert.False(after.Verity!.IsSound);
        Assert.NotEqual(after.Verity.OnCommandLine, after.Verity.OfData);
        Assert.Equal(after.Verity.OnCommandLine, after.Verity.OfStoredTree);
        Assert.Contains(LintRules.Check(after), f => f.Code == "IFA906");
    }

    [Fact]
    public async Task A_second_kernel_is_found_wherever_it_lies()
    {
        string disk = await new TestDisk(folder) { SecondKernel = "::/EFI/Linux/other.efi" }.MakeAsync();

        ImageReport report = await InspectAsync(disk);

        Assert.Equal(2, report.Programs.Count);
        Assert.Null(report.Uki);
        Assert.Contains(LintRules.Check(report), f => f.Code == "IFA907");
    }

    [Fact]
    public async Task What_is_no_disk_is_refused()
    {
        string file = folder.Write("x", new byte[1 << 20]);

        await Assert.ThrowsAsync<FactoryException>(() => InspectAsync(file));
    }

    private Task<ImageReport> InspectAsync(string disk) =>
        new ImageInspector(runner, ToolRunner.CallOf).InspectAsync(disk, "disk.raw", Directory.CreateDirectory(folder[Guid.NewGuid().ToString("N")]), TestContext.Current.CancellationToken);
}
