using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Uki;
using ImageFactory.Images.Verity;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Whole disks, made with the tools of others and looked into.</summary>
[Trait("needs", "mkfs.erofs fsck.erofs mtools systemd-stub")]
public sealed class ImageInspectorTests : IDisposable
{
    private const string Stub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";
    private const long Epoch = 1_750_000_000;

    private readonly TemporaryFolder folder = new();
    private readonly ToolRunner runner = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_disk_is_read_from_the_partition_table_down_to_the_accounts()
    {
        string disk = await MakeDiskAsync();

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
        string disk = await MakeDiskAsync();
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
        string disk = await MakeDiskAsync(secondKernel: "::/EFI/Linux/other.efi");

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

    private async Task<string> MakeDiskAsync(string? secondKernel = null)
    {
        Assert.SkipUnless(File.Exists(Stub), "systemd's EFI stub is not installed");
        string erofs = MakeRoot();
        Sha256 rootHash;
        await using (FileStream hashes = File.Create(folder["hash.img"]))
        {
            using RawFileSource root = RawFileSource.Open(erofs);
            rootHash = await VerityTree.WriteAsync(root, hashes, 0, [1, 2, 3], Guid.Empty, TestContext.Current.CancellationToken);
        }

        string esp = await MakeEspAsync(rootHash, secondKernel);
        VerityPartitionIds ids = VerityPartitionIds.From(rootHash);
        GptTable table = GptTable.Plan(Guid.Empty,
        [
            new GptPartitionRequest(PartitionTypes.EfiSystem, new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), "esp", new FileInfo(esp).Length),
            new GptPartitionRequest(PartitionTypes.RootX64, ids.Root, "root", new FileInfo(erofs).Length),
            new GptPartitionRequest(PartitionTypes.RootVerityX64, ids.Hash, "hash", new FileInfo(folder["hash.img"]).Length),
        ]);
        string disk = folder["disk.raw"];
        await using FileStream target = File.Create(disk);
        target.SetLength(table.DiskSize);
        await GptWriter.WriteAsync(table, target, TestContext.Current.CancellationToken);
        foreach ((GptPartition partition, string content) in table.Partitions.Zip((string[])[esp, erofs, folder["hash.img"]]))
        {
            using RawFileSource source = RawFileSource.Open(content);
            await SparseCopy.CopyAsync(source, target, partition.Offset, TestContext.Current.CancellationToken);
        }

        return disk;
    }

    private string MakeRoot()
    {
        FileTree tree = new();
        tree.Put("/etc/os-release", TreeEntry.Text("PRETTY_NAME=\"Test OS\"\n"));
        tree.Put("/etc/shadow", TreeEntry.Text("root:x:1::::::\n", 0));
        tree.Put("/usr/bin/su", TreeEntry.Text("ELF", (4 << 9) | UnixMode.Executable));
        tree.Put("/usr/bin/su2", TreeEntry.Link("su"));
        Assert.Empty(SystemTree.Apply(tree, new SystemSettings(), new RecipeOrigins(new Dictionary<string, string>())));
        using (FileStream tar = File.Create(folder["root.tar"]))
            TarTreeWriter.Write(tree, tar, Epoch, TestContext.Current.CancellationToken);
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("mkfs.erofs"), "--tar=f", $"-T{Epoch}", "--all-time", folder["root.erofs"], folder["root.tar"]);
        Assert.True(exitCode == 0, output + errors);
        return folder["root.erofs"];
    }

    private async Task<string> MakeEspAsync(Sha256 rootHash, string? secondKernel)
    {
        await using (FileStream uki = File.Create(folder["uki.efi"]))
        {
            await UkiWriter.AppendAsync(
                Stub,
                [NewPeSection.FromText(".cmdline", $"roothash={rootHash} systemd.volatile=overlay"), NewPeSection.FromText(".linux", "no kernel, but called one")],
                uki,
                TestContext.Current.CancellationToken);
        }

        string esp = folder["esp.img"];
        using (FileStream stream = File.Create(esp))
            stream.SetLength(8 << 20);
        Mtools("mformat", "-i", esp, "::");
        Mtools("mmd", "-i", esp, "::/EFI", "::/EFI/BOOT", "::/EFI/Linux");
        Mtools("mcopy", "-i", esp, folder["uki.efi"], "::/EFI/BOOT/BOOTX64.EFI");
        if (secondKernel is not null)
            Mtools("mcopy", "-i", esp, folder["uki.efi"], secondKernel);
        return esp;
    }

    private static void Mtools(string name, params string[] arguments)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need(name), arguments);
        Assert.True(exitCode == 0, name + output + errors);
    }
}
