using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Tree;

public sealed class TarTests : IDisposable
{
    private const long Epoch = 1_750_000_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_tree_survives_being_written_and_read()
    {
        FileTree tree = Rich();

        string archive = Write(tree, "a.tar");
        TarTree read = TarTreeReader.Read(archive, "a.tar", TarReadRules.Base, TestContext.Current.CancellationToken);
        string again = Write(read.Tree, "b.tar");

        Assert.Empty(read.Warnings);
        Assert.Equal(Describe(tree), Describe(read.Tree));
        Assert.Equal(File.ReadAllBytes(archive), File.ReadAllBytes(again));
    }

    [Fact]
    public void The_order_of_putting_does_not_show_in_the_archive()
    {
        FileTree tree = Rich();
        FileTree backwards = new();
        foreach (TreeItem item in tree.Walk().Where(i => i.FirstName is null).Reverse())
            backwards.Put(item.Path, item.Entry);
        foreach (TreeItem item in tree.Walk().Where(i => i.FirstName is not null))
            backwards.AddName(item.Path, item.FirstName!);

        Assert.Equal(File.ReadAllBytes(Write(tree, "a.tar")), File.ReadAllBytes(Write(backwards, "b.tar")));
    }

    [Fact]
    public void Time_stamps_are_clamped()
    {
        FileTree tree = new();
        tree.Put("/new", TreeEntry.Text("") with { ModifiedAt = Epoch + 1 });
        tree.Put("/old", TreeEntry.Text("") with { ModifiedAt = 17 });
        tree.Put("/before", TreeEntry.Text("") with { ModifiedAt = -5 });

        TarTree read = TarTreeReader.Read(Write(tree, "a.tar"), "a.tar", TarReadRules.Base, TestContext.Current.CancellationToken);

        Assert.Equal(Epoch, read.Tree.Find("/new")!.ModifiedAt);
        Assert.Equal(17, read.Tree.Find("/old")!.ModifiedAt);
        Assert.Equal(0, read.Tree.Find("/before")!.ModifiedAt);
        Assert.Equal(Epoch, read.Tree.Find("/")!.ModifiedAt);
    }

    [Fact]
    [Trait("needs", "tar")]
    public void Gnu_tar_lists_what_was_written()
    {
        string tar = Tool.Need("tar");
        string archive = Write(Rich(), "a.tar");

        (int exitCode, string output, string errors) = Tool.Run(tar, "--numeric-owner", "--full-time", "-tvf", archive);

        Assert.Equal((0, ""), (exitCode, errors));
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Contains("drwxr-xr-x 0/0               0 2025-06-15 15:06:40 ./", lines);
        Assert.Contains(lines, l => l.StartsWith("crw-r--r-- 0/0             5,1 ", StringComparison.Ordinal) && l.EndsWith(" dev/console", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("brw-r--r-- 0/0       300,70000 ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("-rw------- 70000/3000000 ", StringComparison.Ordinal) && l.EndsWith(" etc/owned", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("hrwxr-xr-x ", StringComparison.Ordinal) && l.EndsWith(" usr/bin/b link to usr/bin/a", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.EndsWith(" bin -> usr/bin", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.EndsWith($" usr/share/{new string('x', 120)}/{new string('y', 200)}", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.EndsWith($" long -> {new string('t', 300)}", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("needs", "tar")]
    public void Gnu_tar_extracts_what_was_written()
    {
        string tar = Tool.Need("tar");
        FileTree tree = Rich();
        tree.Remove("/dev");
        string target = Directory.CreateDirectory(folder["out"]).FullName;

        (int exitCode, _, string errors) = Tool.Run(tar, "--no-same-owner", "-C", target, "-xf", Write(tree, "a.tar"));

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal("content", File.ReadAllText(Path.Combine(target, "usr/bin/b")));
        Assert.Equal(new byte[100_000], File.ReadAllBytes(Path.Combine(target, "usr/zeros")));
        Assert.Equal("umlaut", File.ReadAllText(Path.Combine(target, "usr/share/Főtanúsítvány.crt")));
    }

    [Fact]
    [Trait("needs", "tar")]
    public void The_runtimes_own_reader_finds_the_extended_attributes()
    {
        using FileStream stream = File.OpenRead(Write(Rich(), "a.tar"));
        using TarReader reader = new(stream);
        Dictionary<string, PaxTarEntry> entries = [];
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry is PaxTarEntry pax)
                entries.Add(pax.Name, pax);
        }

        Assert.Equal("value", entries["usr/bin/ping"].ExtendedAttributes["SCHILY.xattr.user.note"]);
    }

    [Theory]
    [Trait("needs", "tar")]
    [InlineData("gnu")]
    [InlineData("posix")]
    [InlineData("ustar")]
    [InlineData("oldgnu")]
    [InlineData("v7")]
    public void Archives_of_gnu_tar_are_read(string format)
    {
        string tar = Tool.Need("tar");
        folder.Write("in/usr/bin/tool", "binary");
        folder.Write("in/usr/share/a file", "text");
        bool hasLongNames = format is "gnu" or "posix" or "oldgnu";
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 60), hasLongNames ? 5 : 1));
        folder.Write($"in/{deep}/f", "deep");
        File.CreateSymbolicLink(folder["in/link"], hasLongNames ? "/" + deep : "usr");
        (int exitCode, _, string errors) = Tool.Run(tar, $"--format={format}", "--owner=5", "--group=6", "-C", folder["in"], "-cf", folder["a.tar"], ".");
        Assert.Equal((0, ""), (exitCode, errors));

        FileTree tree = TarTreeReader.Read(folder["a.tar"], "a.tar", TarReadRules.Base, TestContext.Current.CancellationToken).Tree;

        Assert.Equal("binary", tree.ReadText("/usr/bin/tool"));
        Assert.Equal("text", tree.ReadText("/usr/share/a file"));
        Assert.Equal("deep", tree.ReadText($"/{deep}/f"));
        Assert.Equal((5u, 6u), (tree.Find("/usr/bin/tool")!.Uid, tree.Find("/usr/bin/tool")!.Gid));
        Assert.Equal(hasLongNames ? "deep" : null, tree.ReadText("/link/f"));
    }

    [Fact]
    [Trait("needs", "mkfs.erofs")]
    public void The_file_system_is_made_from_it()
    {
        string mkfs = Tool.Need("mkfs.erofs");
        string archive = Write(Rich(), "a.tar");

        (int exitCode, string output, string errors) = Tool.Run(mkfs, "--tar=f", "-T1750000000", "--all-time", "-U00000000-0000-0000-0000-000000000001", folder["a.erofs"], archive);

        Assert.True(exitCode == 0, output + errors);
        if (Tool.Find("fsck.erofs") is { } fsck)
            Assert.Equal(0, Tool.Run(fsck, folder["a.erofs"]).ExitCode);
    }

    [Fact]
    public void A_large_tree_is_written_at_the_speed_of_memory()
    {
        Assert.SkipWhen(!Directory.Exists("/dev/shm"), "no file system in memory");
        string shm = Directory.CreateDirectory($"/dev/shm/tar-test-{Guid.NewGuid():N}").FullName;
        try
        {
            byte[] block = new byte[180_000_000 / 9000];
            new Random(1).NextBytes(block);
            FileTree tree = new();
            using (FileStream pool = File.Create(Path.Combine(shm, "pool")))
            {
                for (int i = 0; i < 9000; i++)
                {
                    tree.Put($"/usr/{i % 100}/{i}", TreeEntry.File(new FileContent(pool.Name, pool.Position, block.Length)));
                    pool.Write(block);
                }
            }

            List<double> seconds = [];
            for (int i = 0; i < 3; i++)
            {
                long start = Stopwatch.GetTimestamp();
                using FileStream target = File.Create(Path.Combine(shm, "out.tar"));
                TarTreeWriter.Write(tree, target, Epoch, TestContext.Current.CancellationToken);
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            // 0.5 s is the aim on a quiet machine; the best of three with room for the other tests.
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', seconds));
            Assert.True(seconds.Min() < 2, $"took {string.Join(' ', seconds)} s");
        }
        finally
        {
            Directory.Delete(shm, recursive: true);
        }
    }

    [Fact]
    public void A_content_that_became_shorter_ends_the_work()
    {
        string file = folder.Write("f", "0123456789");
        FileTree tree = new();
        tree.Put("/f", TreeEntry.File(new FileContent(file, 0, 10)));
        folder.Write("f", "01234");

        FactoryException fault = Assert.Throws<FactoryException>(() => Write(tree, "a.tar"));

        Assert.Equal("IFA107", Assert.Single(fault.Faults).Code);
    }

    [Fact]
    public void Contents_of_another_archive_are_left_out_and_found_there()
    {
        FileTree whole = Rich();
        whole.Put("/usr/other", TreeEntry.File(new FileContent(folder.Write("elsewhere", new byte[5_000]), 0, 5_000)));
        string complete = Write(whole, "whole.tar");

        string thin = Write(whole, "thin.tar", folder["zeros"]);

        // Its content is long enough to be left out: 100,000 bytes less, and up to 20 blocks at the end.
        Assert.InRange(new FileInfo(complete).Length - new FileInfo(thin).Length, 90_000, 110_240);
        TarReadRules both = TarReadRules.Base with { Other = folder["zeros"] };
        FileTree read = TarTreeReader.Read(thin, "thin.tar", both, TestContext.Current.CancellationToken).Tree;
        Assert.Equal(Describe(whole), Describe(read));
        Assert.Equal(File.ReadAllBytes(complete), File.ReadAllBytes(Write(read, "again.tar")));
        FileTree alone = TarTreeReader.Read(thin, "thin.tar", TarReadRules.Base, TestContext.Current.CancellationToken).Tree;
        Assert.Equal(0, alone.Find("/usr/zeros")!.Content.Length);
    }

    [Theory]
    [InlineData("0 11", "IFA121")]
    [InlineData("10 1", "IFA121")]
    [InlineData("9223372036854775807 9223372036854775807", "IFA121")]
    [InlineData("-1 5", "IFA113")]
    [InlineData("0 -5", "IFA113")]
    [InlineData("0", "IFA113")]
    [InlineData(" 1", "IFA113")]
    [InlineData("1 2 3", "IFA113")]
    public void A_place_outside_of_the_other_archive_is_refused(string place, string code)
    {
        string other = folder.Write("other", "0123456789");
        File.WriteAllBytes(folder["a.tar"], new Payload.TarMaker().Pax((TarFormat.ContentKey, place)).File("f", "").ToArray());

        FactoryException fault = Assert.Throws<FactoryException>(
            () => TarTreeReader.Read(folder["a.tar"], "a.tar", TarReadRules.Base with { Other = other }, TestContext.Current.CancellationToken));

        Assert.Equal(code, Assert.Single(fault.Faults).Code);
    }

    [Fact]
    public void A_target_that_cannot_be_written_ends_the_work_with_its_own_failure()
    {
        FileTree tree = new();
        tree.Put("/f", TreeEntry.File(new FileContent(folder.Write("f", new byte[5_000_000]), 0, 5_000_000)));

        IOException failure = Assert.Throws<IOException>(() => TarTreeWriter.Write(tree, new FullDisk(2_000_000), Epoch, TestContext.Current.CancellationToken));

        Assert.Equal("no room", failure.Message);
    }

    [Fact]
    public void A_mounted_folder_is_read_with_times_owners_and_pipes_and_without_sockets()
    {
        folder.Write("in/usr/bin/tool", "binary");
        File.SetUnixFileMode(folder["in/usr/bin/tool"], (UnixFileMode)((4 << 9) | UnixMode.Executable));
        File.SetLastWriteTimeUtc(folder["in/usr/bin/tool"], DateTime.UnixEpoch.AddSeconds(1_234_567_890));
        File.CreateSymbolicLink(folder["in/bin"], "usr/bin");
        Assert.Equal(0, Tool.Run(Tool.Need("mkfifo"), folder["in/pipe"]).ExitCode);
        Assert.Equal(0, Tool.Run(Tool.Need("ln"), folder["in/usr/bin/tool"], folder["in/usr/bin/twin"]).ExitCode);
        using System.Net.Sockets.Socket socket = new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(folder["in/socket"]));

        FileTree tree = HostTreeReader.ReadMounted(folder["in"], "the container", TestContext.Current.CancellationToken);

        Assert.Equal(["/", "/bin", "/pipe", "/usr", "/usr/bin", "/usr/bin/tool", "/usr/bin/twin"], tree.Walk().Select(i => i.Path));
        TreeEntry tool = tree.Find("/bin/tool")!;
        Assert.Equal(((4 << 9) | UnixMode.Executable, 1_234_567_890), (tool.Mode, tool.ModifiedAt));
        Assert.Equal("/usr/bin/tool", tree.Walk().Single(i => i.Path == "/usr/bin/twin").FirstName);
        Assert.Equal(TreeEntryType.Fifo, tree.Find("/pipe")!.Type);
    }

    [Fact]
    public void Names_in_a_mounted_folder_that_are_not_utf8_are_refused_as_in_an_archive()
    {
        folder.Write("in/fine", "x");
        Assert.Equal(0, Tool.Run(Tool.Need("sh"), "-c", $"cd {folder["in"]} && : > \"$(printf 'bad\\377name')\"").ExitCode);

        FactoryException refused = Assert.Throws<FactoryException>(() => HostTreeReader.ReadMounted(folder["in"], "the container", TestContext.Current.CancellationToken));

        // The base library cannot name it, to remove it neither.
        Assert.Equal(0, Tool.Run(Tool.Need("rm"), "-r", folder["in"]).ExitCode);
        Fault fault = Assert.Single(refused.Faults);
        Assert.Contains("not UTF-8", fault.Message, StringComparison.Ordinal);
        Assert.Equal("the container/bad\uFFFDname", fault.Where);
    }

    private string Write(FileTree tree, string name, string? other = null)
    {
        using FileStream target = File.Create(folder[name]);
        TarTreeWriter.Write(tree, target, Epoch, TestContext.Current.CancellationToken, other);
        return target.Name;
    }

    private sealed class FullDisk(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length + count > room)
                throw new IOException("no room");
            base.Write(buffer, offset, count);
        }
    }

    private static string Describe(FileTree tree)
    {
        StringBuilder text = new();
        foreach (TreeItem item in tree.Walk())
        {
            TreeEntry e = item.Entry;
            using Stream content = e.Content.Open();
            string attributes = string.Join(',', e.Xattrs.Select(x => x.Key + "=" + Convert.ToHexString(x.Value)));
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture,
                $"{item.Path} {e.Type} {UnixMode.Text(e.Mode)} {e.Uid} {e.Gid} {e.Target} {e.DeviceMajor}:{e.DeviceMinor} {attributes} {item.FirstName} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content))}");
        }

        return text.ToString();
    }

    private FileTree Rich()
    {
        string zeros = folder.Write("zeros", new byte[100_010]);
        FileTree tree = new();
        tree.Put("/bin", TreeEntry.Link("usr/bin"));
        tree.Put("/usr/bin/a", TreeEntry.Text("content", UnixMode.Executable));
        tree.AddName("/usr/bin/b", "/usr/bin/a");
        tree.Put("/usr/bin/ping", TreeEntry.Text("x", UnixMode.Executable) with
        {
            Xattrs = new Dictionary<string, byte[]>
            {
                ["security.capability"] = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                ["user.note"] = "value"u8.ToArray(),
            },
        });
        tree.Put("/usr/zeros", TreeEntry.File(new FileContent(zeros, 10, 100_000)));
        tree.Put("/usr/share/Főtanúsítvány.crt", TreeEntry.Text("umlaut"));
        tree.Put($"/usr/share/{new string('x', 120)}/{new string('y', 200)}", TreeEntry.Text("long"));
        tree.Put($"/usr/share/{new string('p', 90)}/{new string('q', 60)}", TreeEntry.Text("split"));
        tree.Put("/long", TreeEntry.Link(new string('t', 300)));
        tree.Put("/etc/owned", TreeEntry.Text("", UnixMode.Secret) with { Uid = 70_000, Gid = 3_000_000 });
        tree.Put("/dev/console", new TreeEntry(TreeEntryType.CharacterDevice) { DeviceMajor = 5, DeviceMinor = 1 });
        tree.Put("/dev/block", new TreeEntry(TreeEntryType.BlockDevice) { DeviceMajor = 300, DeviceMinor = 70_000 });
        tree.Put("/run/pipe", new TreeEntry(TreeEntryType.Fifo));
        tree.Put("/tmp", TreeEntry.Directory((1 << 9) | UnixMode.Link));
        return tree;
    }
}
