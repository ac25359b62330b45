using System.Text.Json;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tests.Bases.Bootc;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Erofs;
using ImageFactory.Images.Ext4;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Tests.Disk;

/// <summary>From an assembled tree to file systems by the tools that really make them.</summary>
[Trait("needs", "mkfs.erofs mke2fs-of-archives debugfs")]
public sealed class RootImageStageTests : IDisposable
{
    private const long Epoch = 1_750_000_000;
    private const string BaseStage = "base";
    private const string Label = "system_u:object_r:bin_t:s0\0";

    private static readonly byte[] Capability = Convert.FromHexString("0100000200200000000000000000000000000000");

    private readonly TemporaryFolder folder = new();
    private readonly Warehouse.Log log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(RootFileSystem.Erofs)]
    [InlineData(RootFileSystem.Ext4)]
    public async Task Contents_labels_and_capabilities_are_in_the_file_system_and_twice_the_same(RootFileSystem kind)
    {
        string image = await MakeAsync(kind, Labelled());
        byte[] first = await File.ReadAllBytesAsync(image, Token);

        Dictionary<string, FileSystemEntry> found = Walk(kind, image);
        foreach (TreeItem item in Labelled().Walk().Where(i => i.Path != "/"))
        {
            Assert.Equal(item.Entry.Xattrs.Keys.Order(StringComparer.Ordinal), found[item.Path].Xattrs.Keys.Order(StringComparer.Ordinal));
            Assert.All(item.Entry.Xattrs, x => Assert.Equal(x.Value, found[item.Path].Xattrs[x.Key]));
        }

        Assert.Empty(log.Warnings);
        if (kind == RootFileSystem.Ext4)
        {
            (int code, string output, _) = Tool.Run(Tool.Need("e2fsck"), "-fn", image);
            Assert.True(code == 0, output);
            Tool.Run(Tool.Need("debugfs"), "-R", $"dump /usr/large {folder["dumped"]}", image);
        }
        else
        {
            Assert.Equal(0, Tool.Run(Tool.Need("fsck.erofs"), $"--extract={folder["out"]}", image).ExitCode);
            File.Copy(folder["out/usr/large"], folder["dumped"]);
        }

        Assert.Equal(Large(), await File.ReadAllBytesAsync(folder["dumped"], Token));
        await Task.Delay(TimeSpan.FromSeconds(1.1), Token);
        Assert.Equal(first, await File.ReadAllBytesAsync(await MakeAsync(kind, Labelled()), Token));
    }

    [Fact]
    public async Task What_ext4_cannot_keep_is_told()
    {
        FileTree tree = Labelled();
        tree.Put("/etc/shared", TreeEntry.Text("x") with { Xattrs = new Dictionary<string, byte[]> { ["system.posix_acl_access"] = [2, 0, 0, 0] } });
        tree.Put("/etc/long", TreeEntry.Text("x") with { Xattrs = new Dictionary<string, byte[]> { ["user.long"] = new byte[5000] } });

        Dictionary<string, FileSystemEntry> found = Walk(RootFileSystem.Ext4, await MakeAsync(RootFileSystem.Ext4, tree));

        Fault lost = Assert.Single(log.Warnings);
        Assert.Equal(("IFA352", "/etc/long  user.long\n/etc/shared  system.posix_acl_access"), (lost.Code, lost.Detail));
        Assert.Equal(Label, System.Text.Encoding.UTF8.GetString(found["/usr/bin/tool"].Xattrs["security.selinux"]));
    }

    [Fact]
    public async Task A_label_that_ext4_cannot_keep_ends_the_build()
    {
        FileTree tree = Labelled();
        tree.Put("/etc/two\nlines", TreeEntry.Text("x") with { Xattrs = Labels() });

        Fault fault = (await Assert.ThrowsAsync<FactoryException>(() => MakeAsync(RootFileSystem.Ext4, tree))).Faults.Single();

        Assert.Equal(("IFA352", Severity.Error, "/etc/two?lines  security.selinux"), (fault.Code, fault.Severity, fault.Detail));
    }

    private static Dictionary<string, FileSystemEntry> Walk(RootFileSystem kind, string image)
    {
        using RawFileSource source = RawFileSource.Open(image);
        return (kind == RootFileSystem.Ext4 ? Ext4Metadata.Walk(source) : ErofsMetadata.Walk(source)).ToDictionary(e => e.Path, StringComparer.Ordinal);
    }

    private static Dictionary<string, byte[]> Labels(params (string Name, byte[] Value)[] more) =>
        more.Append(("security.selinux", System.Text.Encoding.UTF8.GetBytes(Label))).ToDictionary(x => x.Item1, x => x.Item2);

    private static byte[] Large()
    {
        byte[] large = new byte[3_000_001];
        new Random(1).NextBytes(large);
        return large;
    }

    /// <summary>Names that a program which takes words apart could take wrongly, and attributes that fill an inode.</summary>
    private static FileTree Labelled()
    {
        FileTree tree = new();
        tree.Put("/", TreeEntry.Directory() with { Xattrs = Labels() });
        tree.Put("/usr/bin/tool", TreeEntry.Text("x", UnixMode.Executable) with { Xattrs = Labels() });
        tree.AddName("/usr/bin/twin", "/usr/bin/tool");
        tree.Put("/usr/bin/ping", TreeEntry.Text("x", UnixMode.Executable) with { Xattrs = Labels(("security.capability", Capability), ("user.note", new byte[300])) });
        tree.Put("/usr/large", TreeEntry.File(new InlineContent(Large())));
        tree.Put("/bin", TreeEntry.Link("usr/bin") with { Xattrs = Labels() });
        tree.Put("/run/pipe", new TreeEntry(TreeEntryType.Fifo) { Xattrs = Labels() });
        tree.Put("/dev/console", new TreeEntry(TreeEntryType.CharacterDevice) { DeviceMajor = 5, DeviceMinor = 1, Xattrs = Labels() });
        foreach (string name in (string[])["two words", "\"quoted\"", "a\"b", "it's", "back\\slash", "<12>", "-f", "#", "tab\tin", "Főtanúsítvány", "trailing "])
            tree.Put("/etc/" + name, TreeEntry.Text(name) with { Xattrs = Labels() });
        return tree;
    }

    /// <summary>The base's archive holds everything, as that of a base does; the assembled root names it.</summary>
    private async Task<string> MakeAsync(RootFileSystem kind, FileTree tree)
    {
        string work = Directory.CreateDirectory(folder[Path.GetRandomFileName()]).FullName;
        AssembledRoot root = new(new StageFile(BaseStage, "base.tar"));
        RootImageStage stage = new(root, new DiskSettings { Root = kind }, new DiskSeed("test", "X64"), Epoch);
        await using CleanUpStack cleanUp = new();
        StageScope Scope(string name) => new()
        {
            Output = Directory.CreateDirectory(Path.Combine(work, name)),
            Inputs = new[] { BaseStage, AssembleRootStage.StageName, ToolSet.Image.Name }.ToDictionary(s => s, s => Directory.CreateDirectory(Path.Combine(work, s))),
            Work = Directory.CreateDirectory(Path.Combine(work, name + ".work")),
            Cache = new DirectoryInfo(work),
            Programs = Podman.Programs,
            Log = log,
            CleanUp = cleanUp,
        };
        await using (FileStream file = File.Create(Path.Combine(Scope(BaseStage).Output.FullName, "base.tar")))
            TarTreeWriter.Write(tree, file, Epoch, Token);
        await File.WriteAllTextAsync(
            Path.Combine(Scope(ToolSet.Image.Name).Output.FullName, Toolbox.HostNote),
            JsonSerializer.Serialize(new HostTools(new Dictionary<string, HostTool>
            {
                ["mkfs.erofs"] = new(Tool.Need("mkfs.erofs"), "1"),
                ["mke2fs"] = new(Tool.Need("mke2fs-of-archives"), "1"),
                ["debugfs"] = new(Tool.Need("debugfs"), "1"),
            })), Token);
        StageScope assembling = Scope(AssembleRootStage.StageName);
        FileTree read = TarTreeReader.Read(Path.Combine(work, BaseStage, "base.tar"), "base", TarReadRules.Base, Token).Tree;
        await root.WriteAsync(read, assembling, Epoch, Token);

        StageScope scope = Scope(RootImageStage.StageName);
        await stage.RunAsync(scope, Token);
        return scope.OutputFile(RootImageStage.ImageFile);
    }
}
