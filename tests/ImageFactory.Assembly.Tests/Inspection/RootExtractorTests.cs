using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Tests.Inspection;

public sealed class RootExtractorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("needs", "mke2fs debugfs")]
    public async Task An_ext4_root_is_read_with_what_its_modes_close()
    {
        folder.Write("in/etc/shadow", "root:!*:1::::::\n");
        folder.SetMode("in/etc/shadow", 0);
        folder.Write("in/usr/bin/su", "ELF");
        folder.SetMode("in/usr/bin/su", 0b100_111_101_101);
        File.CreateSymbolicLink(folder["in/bin"], "/usr/bin");
        Assert.Equal(0, Tool.Run(Tool.Need("mke2fs"), "-q", "-t", "ext4", "-d", folder["in"], folder["ext4.img"], "8M").ExitCode);
        using RawFileSource partition = RawFileSource.Open(folder["ext4.img"]);
        RootExtractor extractor = new(new ToolRunner(), ToolRunner.CallOf, Directory.CreateDirectory(folder["work"]));

        FileTree? tree = await extractor.ReadAsync(partition, FileSystemKind.Of(partition), TestContext.Current.CancellationToken);

        Assert.Equal("root:!*:1::::::\n", tree!.ReadText("/etc/shadow"));
        Assert.Equal(0, tree.Find("/etc/shadow")!.Mode);
        Assert.Equal("ELF", tree.ReadText("/bin/su"));
        Assert.True(extractor.KnowsOwners);
        Assert.Equal(["/usr/bin/su"], RootInspection.Of(tree, FileSystemKind.Ext4, extractor.KnowsModes).SetIdFiles);
        Assert.False(File.Exists(folder["work/root.img"]));
    }

    /// <summary>debugfs makes the nodes, and leaves them out when it takes the files out.</summary>
    [Fact]
    [Trait("needs", "mke2fs debugfs")]
    public async Task Nodes_and_pipes_of_an_ext4_root_are_in_the_tree()
    {
        folder.Write("in/dev/shm/note", "x");
        string image = folder["ext4.img"];
        Assert.Equal(0, Tool.Run(Tool.Need("mke2fs"), "-q", "-t", "ext4", "-d", folder["in"], image, "8M").ExitCode);
        string commands = folder.Write("commands", "cd /dev\nmknod null c 1 3\nmknod vda b 254 0\nmknod initctl p\nset_inode_field null mode 020666\n");
        Assert.Equal(0, Tool.Run(Tool.Need("debugfs"), "-w", "-f", commands, image).ExitCode);
        using RawFileSource partition = RawFileSource.Open(image);

        FileTree tree = (await new RootExtractor(new ToolRunner(), ToolRunner.CallOf, Directory.CreateDirectory(folder["work"])).ReadAsync(partition, FileSystemKind.Ext4, TestContext.Current.CancellationToken))!;

        Assert.Equal(
            [("/dev/initctl", TreeEntryType.Fifo), ("/dev/null", TreeEntryType.CharacterDevice), ("/dev/shm", TreeEntryType.Directory), ("/dev/vda", TreeEntryType.BlockDevice)],
            tree.List("/dev").Order(StringComparer.Ordinal).Select(n => ($"/dev/{n}", tree.FindSelf($"/dev/{n}")!.Type)));
        Assert.Equal(0b110_110_110, tree.FindSelf("/dev/null")!.Mode);
    }

    [Fact]
    public async Task A_kind_that_no_tool_reads_is_left_alone()
    {
        byte[] xfs = new byte[1 << 17];
        "XFSB"u8.CopyTo(xfs);
        using RawFileSource partition = RawFileSource.Open(folder.Write("xfs.img", xfs));
        RootExtractor extractor = new(new ToolRunner(), ToolRunner.CallOf, Directory.CreateDirectory(folder["work"]));

        Assert.Equal("xfs", FileSystemKind.Of(partition));
        Assert.Null(await extractor.ReadAsync(partition, FileSystemKind.Of(partition), TestContext.Current.CancellationToken));
    }
}
