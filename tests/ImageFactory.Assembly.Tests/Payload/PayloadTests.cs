using System.IO.Compression;
using System.Net.Sockets;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Tests.Payload;

public sealed class PayloadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_folder_becomes_a_layer_of_root()
    {
        folder.Write("in/usr/bin/agent", "binary");
        folder.SetMode("in/usr/bin/agent", 493);
        File.CreateSymbolicLink(folder["in/bin"], "usr/bin");

        FileTree tree = (await ReadAsync(Folder())).Tree;

        Assert.Equal(["/", "/bin", "/usr", "/usr/bin", "/usr/bin/agent"], tree.Walk().Select(i => i.Path));
        Assert.Equal("binary", tree.ReadText("/bin/agent"));
        Assert.Equal((493, 0u, 0u), (tree.Find("/usr/bin/agent")!.Mode, tree.Find("/usr/bin/agent")!.Uid, tree.Find("/usr/bin/agent")!.Gid));
        Assert.True(tree.Find("/usr")!.Implied);
    }

    [Fact]
    public async Task Hard_links_of_a_folder_stay_hard_links()
    {
        string tool = Tool.Need("ln");
        folder.Write("in/a", "same");
        Assert.Equal(0, Tool.Run(tool, folder["in/a"], folder["in/b"]).ExitCode);

        FileTree tree = (await ReadAsync(Folder() with { Into = "/opt" })).Tree;

        Assert.Equal("/opt/a", tree.Walk().Single(i => i.Path == "/opt/b").FirstName);
    }

    [Fact]
    public async Task Owners_are_kept_when_that_is_wanted()
    {
        folder.Write("in/a", "x");
        string[] expected = Tool.Run(Tool.Need("stat"), "-c", "%u %g", folder["in/a"]).Output.Trim().Split(' ');

        TreeEntry entry = (await ReadAsync(Folder() with { Owner = PayloadOwner.Keep })).Tree.Find("/a")!;

        Assert.Equal(string.Join(' ', expected), $"{entry.Uid} {entry.Gid}");
    }

    [Fact]
    public async Task Modes_are_set_and_a_wrong_path_is_told_with_the_nearest()
    {
        folder.Write("in/usr/bin/agent", "binary");
        DirectoryPayload payload = Folder();

        FileTree tree = (await ReadAsync(payload with { Modes = new Dictionary<string, string> { ["/usr/bin/agent"] = "0700", ["/usr"] = "0711" } })).Tree;
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => ReadAsync(payload with { Modes = new Dictionary<string, string> { ["/usr/bin/agnt"] = "0700", ["/usr"] = "9" } }));

        Assert.Equal(UnixMode.Private, tree.Find("/usr/bin/agent")!.Mode);
        Assert.False(tree.Find("/usr")!.Implied);
        Assert.Equal(["IFA206", "IFA205"], refused.Faults.Select(f => f.Code));
        Assert.Equal("did you mean /usr/bin/agent?", refused.Faults[1].Hint);
    }

    [Fact]
    public async Task A_folder_of_the_image_keeps_its_mode_under_a_payload()
    {
        folder.Write("in/usr/x", "x");
        folder.SetMode("in/usr", UnixMode.Private);
        FileTree image = new();
        image.Put("/usr/bin/sh", TreeEntry.Text("#!"));

        image.Merge((await ReadAsync(Folder())).Tree);

        Assert.Equal(UnixMode.Executable, image.Find("/usr")!.Mode);
        Assert.Equal("x", image.ReadText("/usr/x"));
    }

    [Fact]
    public async Task What_cannot_be_in_an_image_is_told_all_at_once()
    {
        folder.Write("in/fine", "x");
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["in/socket"]));
        folder.Write("in/set", "x");
        folder.SetMode("in/set", Convert.ToInt32("4755", 8));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Folder()));

        Assert.Equal(["IFA203", "IFA217"], refused.Faults.Select(f => f.Code));
        Assert.Equal("in/socket", refused.Faults[0].Where);
    }

    [Fact]
    public async Task A_missing_source_is_told()
    {
        FactoryException missingFolder = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Folder()));
        FactoryException missingArchive = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Archive("none.tar")));

        Assert.Equal(("IFA201", ExitCode.MissingInput), (missingFolder.Faults[0].Code, missingFolder.ExitCode));
        Assert.Equal(("IFA208", ExitCode.MissingInput), (missingArchive.Faults[0].Code, missingArchive.ExitCode));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("")]
    [InlineData("/a/../../b")]
    public async Task A_folder_outside_of_the_image_is_refused(string into)
    {
        folder.Write("in/a", "x");

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Folder() with { Into = into }));

        Assert.Equal("IFA207", refused.Faults[0].Code);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public async Task An_archive_is_read_whatever_its_compression(string compression)
    {
        byte[] tar = new TarMaker().Folder("usr").File("usr/agent", "binary").File("pause/x").ToArray();
        string path = Compress(tar, compression);

        FileTree tree = (await ReadAsync(Archive(path))).Tree;

        Assert.Equal("binary", tree.ReadText("/usr/agent"));
        Assert.Equal(0u, tree.Find("/usr/agent")!.Uid);
    }

    [Fact]
    public async Task Only_the_wanted_part_of_an_archive_goes_where_it_is_wanted()
    {
        folder.Write("a.tar", new TarMaker().File("other").Folder("root/usr").File("root/usr/a", "A").HardLink("root/usr/b", "root/usr/a").File("rooted").ToArray());

        FileTree part = (await ReadAsync(Archive("a.tar") with { Inside = "root", Into = "/opt" })).Tree;
        FileTree single = (await ReadAsync(Archive("a.tar") with { Inside = "/root/usr/a", Into = "/opt" })).Tree;

        Assert.Equal(["/", "/opt", "/opt/usr", "/opt/usr/a", "/opt/usr/b"], part.Walk().Select(i => i.Path));
        Assert.Equal("/opt/usr/a", part.Walk().Last().FirstName);
        Assert.Equal(["/", "/opt", "/opt/a"], single.Walk().Select(i => i.Path));
    }

    [Fact]
    public async Task A_part_that_the_archive_does_not_have_is_told_with_the_nearest()
    {
        folder.Write("a.tar", new TarMaker().Folder("rootfs").File("rootfs/a").ToArray());

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Archive("a.tar") with { Inside = "rootsf" }));

        Assert.Equal(("IFA212", "did you mean /rootfs?"), (refused.Faults[0].Code, refused.Faults[0].Hint));
    }

    [Fact]
    public async Task An_archive_that_is_not_the_one_of_the_recipe_is_refused()
    {
        byte[] tar = new TarMaker().File("a").ToArray();
        folder.Write("a.tar", tar);
        string right = Sha256.Of(tar).Hex;

        await ReadAsync(Archive("a.tar") with { Sha256 = right.ToUpperInvariant() });
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Archive("a.tar") with { Sha256 = new string('0', 64) }));

        Assert.Equal("IFA209", refused.Faults[0].Code);
        Assert.Contains(right, refused.Faults[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("425a6839", "bzip2")]
    [InlineData("504b0304", "zip")]
    [InlineData("", "empty")]
    [InlineData("00010203", "no archive")]
    public async Task What_is_no_archive_is_called_by_its_name(string head, string word)
    {
        folder.Write("a", Convert.FromHexString(head));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => ReadAsync(Archive("a")));

        Assert.Equal("IFA210", refused.Faults[0].Code);
        Assert.Contains(word, refused.Faults[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_digest_of_a_folder_changes_with_names_modes_and_contents_and_with_nothing_else()
    {
        folder.Write("in/a", "x");
        Sha256 first = await DigestAsync();
        File.SetLastWriteTimeUtc(folder["in/a"], DateTime.UnixEpoch);
        Sha256 touched = await DigestAsync();
        folder.Write("in/a", "y");
        Sha256 changed = await DigestAsync();
        folder.Write("in/a", "x");
        folder.SetMode("in/a", UnixMode.Private);
        Sha256 mode = await DigestAsync();
        File.Move(folder["in/a"], folder["in/b"]);
        Sha256 renamed = await DigestAsync();

        Assert.Equal(first, touched);
        Assert.Equal(4, new HashSet<Sha256> { first, changed, mode, renamed }.Count);

        Task<Sha256> DigestAsync() => Payloads.DigestAsync(Folder(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Every_setting_of_a_payload_decides_the_key()
    {
        ArchivePayload archive = Archive("a.tar");
        PayloadSource[] all =
        [
            archive,
            archive with { Into = "/x" },
            archive with { Owner = PayloadOwner.Keep },
            archive with { Modes = new Dictionary<string, string> { ["/a"] = "0700" } },
            archive with { Inside = "x" },
            archive with { Devices = true },
            Folder(),
        ];

        Assert.Equal(all.Length, all.Select(KeyOf).Distinct().Count());

        static Sha256 KeyOf(PayloadSource source)
        {
            using StageKey key = new();
            Payloads.Describe(source, Sha256.Of(""), key);
            return key.ToDigest();
        }
    }

    private Task<TarTree> ReadAsync(PayloadSource source) =>
        Payloads.ReadAsync(source, Directory.CreateDirectory(folder["work"]), TestContext.Current.CancellationToken);

    private DirectoryPayload Folder() => new() { Path = new SourcePath("in", folder["in"]) };

    private ArchivePayload Archive(string name) => new() { Path = new SourcePath(name, folder[name]) };

    private string Compress(byte[] tar, string compression)
    {
        string path = folder.Write("x.tar", tar);
        switch (compression)
        {
            case "gzip":
                using (GZipStream gzip = new(File.Create(folder["x.tar.gz"]), CompressionLevel.Optimal))
                    gzip.Write(tar);
                return folder["x.tar.gz"];
            case "xz":
                Tool.Run(Tool.Need("xz"), "-k", path);
                return path + ".xz";
            case "zstd":
                Tool.Run(Tool.Need("zstd"), "-q", path);
                return path + ".zst";
            default:
                return path;
        }
    }
}
