using System.Globalization;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Erofs;
using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Owners, modes and attributes out of file systems that mkfs.erofs made of archives.</summary>
[Trait("needs", "mkfs.erofs")]
public sealed class ErofsMetadataTests : IDisposable
{
    private const int Inputs = 20_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("-zlz4")]
    [InlineData("-x1", "-Efragments,dedupe", "-zlz4")]
    [InlineData("-Eforce-inode-extended")]
    [InlineData("-Enoinline_data")]
    [InlineData("-Eall-fragments", "-zlz4hc")]
    public void What_went_in_comes_out(params string[] options)
    {
        FileTree tree = SampleTree();
        Dictionary<string, TreeEntry> expected = tree.Walk().ToDictionary(i => i.Path, i => i.Entry, StringComparer.Ordinal);

        using RawFileSource image = RawFileSource.Open(Make(tree, options));
        Dictionary<string, FileSystemEntry> found = ErofsMetadata.Walk(image).ToDictionary(e => e.Path, StringComparer.Ordinal);

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach ((string path, TreeEntry entry) in expected)
        {
            FileSystemEntry its = found[path];
            Assert.Equal((path, entry.Mode, entry.Uid, entry.Gid), (path, its.Mode & UnixMode.All, its.Uid, its.Gid));
            Assert.Equal(Shown(entry.Xattrs), Shown(its.Xattrs));
        }
    }

    [Fact]
    public void Damaged_ones_are_read_or_refused()
    {
        byte[] sample = File.ReadAllBytes(Make(SampleTree(30), ["-x1"]));

        // The superblock, or anything: metadata is most of an image of empty files.
        DamagedFileSystem.IsReadOrRefused(
            sample, Inputs, 4, random => random.Next(4) == 0 ? 1024 + random.Next(96) : random.Next(1024, sample.Length), ErofsMetadata.Walk, "IFI511", "IFI512");
    }

    private static IEnumerable<string> Shown(IReadOnlyDictionary<string, byte[]> xattrs) =>
        xattrs.Select(x => $"{x.Key}={Convert.ToHexString(x.Value)}").Order(StringComparer.Ordinal);

    private static FileTree SampleTree(int names = 1500)
    {
        FileTree tree = new();
        Dictionary<string, byte[]> capability = new() { ["security.capability"] = Convert.FromHexString("0100000200040000000000000000000000000000") };
        tree.Put("/usr/bin/ping", TreeEntry.Text("ELF", UnixMode.Executable) with { Xattrs = capability });
        tree.Put("/usr/bin/arping", TreeEntry.Text("ELF2", UnixMode.Executable) with { Xattrs = capability });
        tree.Put("/usr/bin/su", TreeEntry.Text(new string('x', 9000), UnixMode.SetId | UnixMode.Executable));
        tree.AddName("/usr/bin/su2", "/usr/bin/su");
        tree.Put("/home/user", TreeEntry.Directory(UnixMode.Private) with { Uid = 1000, Gid = 1001 });
        tree.Put("/home/user/.profile", TreeEntry.Text("", UnixMode.Secret) with { Uid = 3_000_000_000, Gid = 70_000, Xattrs = new Dictionary<string, byte[]> { ["user.note"] = [1, 2, 3], ["trusted.x"] = [] } });
        tree.Put("/bin", TreeEntry.Link("usr/bin"));
        tree.Put("/run/pipe", new TreeEntry(TreeEntryType.Fifo) { Mode = UnixMode.Secret });
        for (int i = 0; i < names; i++)
            tree.Put(string.Create(CultureInfo.InvariantCulture, $"/usr/share/many/file-é-{i}"), TreeEntry.Text("", i % 512) with { Uid = (uint)i });
        return tree;
    }

    private string Make(FileTree tree, string[] options)
    {
        using (FileStream tar = File.Create(folder["root.tar"]))
            TarTreeWriter.Write(tree, tar, 1_750_000_000, TestContext.Current.CancellationToken);
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("mkfs.erofs"), ["--tar=f", "-T1750000000", .. options, folder["root.erofs"], folder["root.tar"]]);
        Assert.True(exitCode == 0, output + errors);
        return folder["root.erofs"];
    }
}
