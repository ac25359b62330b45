using System.Globalization;
using System.Text.RegularExpressions;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Ext4;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Inspection;

/// <summary>Owners, modes and attributes out of file systems that mke2fs made of a folder; debugfs says what is in them.</summary>
[Trait("needs", "mke2fs debugfs")]
public sealed partial class Ext4MetadataTests : IDisposable
{
    private const int Inputs = 5_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>The older form with maps of blocks, inodes without room for attributes, small blocks, and what is the default.</summary>
    [Theory]
    [InlineData("-text4")]
    [InlineData("-text4", "-b1024", "-O^64bit,^flex_bg")]
    [InlineData("-text4", "-I128")]
    [InlineData("-text4", "-I1024", "-Olarge_dir,ea_inode,metadata_csum_seed")]
    [InlineData("-text2", "-b1024")]
    [InlineData("-text2", "-O^filetype,^dir_index,^resize_inode", "-r0", "-I128")]
    public void What_debugfs_says_is_what_is_read(params string[] options)
    {
        MakeTree();
        string image = Make("48M", options);
        foreach (string command in (string[])[
            "set_inode_field /usr/bin/su uid 70000", "set_inode_field /usr/bin/su gid 3000000000", "set_inode_field /usr/bin/su mode 0104755",
            "ea_set /usr/bin/ping user.note hello", "ea_set /home user.empty \"\"", "ea_set /home/deep trusted.other 0123456789",
            $"ea_set -f {folder.Write("large", new string('v', 10_000))} /home/deep user.large"])
            Debugfs("-w", "-R", command, image);

        using RawFileSource source = RawFileSource.Open(image);
        Dictionary<string, FileSystemEntry> found = Ext4Metadata.Walk(source).ToDictionary(e => e.Path, StringComparer.Ordinal);

        Assert.Equal(Names().Append("/").Append("/lost+found").Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (string path in (string[])["/", "/usr/bin/su", "/usr/bin/ping", "/home", "/home/deep", "/link", "/many/file-é-7", "/many/file-é-799"])
        {
            FileSystemEntry entry = found[path];
            Match stat = Stat().Match(Debugfs("-R", $"stat {path}", image));
            Assert.True(stat.Success, path);
            Assert.Equal((path, stat.Groups["mode"].Value, Number(stat, "uid"), Number(stat, "gid")), (path, "0" + Convert.ToString(entry.Mode & 0xfff, 8), entry.Uid, entry.Gid));
            foreach ((string name, byte[] value) in entry.Xattrs)
            {
                Debugfs("-R", $"ea_get -f {folder["value"]} {path} {name}", image);
                Assert.Equal(File.ReadAllBytes(folder["value"]), value);
            }

            Assert.Equal(EaNames().Matches(Debugfs("-R", $"ea_list {path}", image)).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal), entry.Xattrs.Keys.Order(StringComparer.Ordinal));
        }

        Assert.Equal((70_000u, 3_000_000_000u, 0b100_111_101_101), (found["/usr/bin/su"].Uid, found["/usr/bin/su"].Gid, found["/usr/bin/su"].Mode & 0xfff));

        // The first revision has no attributes, and large ones need inodes of their own.
        Assert.Equal(!options.Contains("-r0"), found["/usr/bin/ping"].Xattrs.ContainsKey("user.note"));
        Assert.Equal(options.Any(o => o.Contains("ea_inode", StringComparison.Ordinal)), found["/home/deep"].Xattrs.ContainsKey("user.large"));
    }

    /// <summary>setcap(8) and chown(1) give what is expected; the value is that of vfs_cap_data, version 2: effective, CAP_NET_RAW (bit 13) permitted.</summary>
    [Fact]
    [Trait("needs", "root, setcap")]
    public void Owners_and_capabilities_of_real_files_come_along()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may give files away");
        folder.Write("in/usr/bin/ping", "ELF");
        folder.Write("in/home/note", "x");
        Assert.Equal(0, Tool.Run(Tool.Need("chown"), "1234:5678", folder["in/home/note"]).ExitCode);
        Assert.Equal(0, Tool.Run(Tool.Need("setcap"), "cap_net_raw+ep", folder["in/usr/bin/ping"]).ExitCode);

        using RawFileSource source = RawFileSource.Open(Make("16M", ["-text4"]));
        Dictionary<string, FileSystemEntry> found = Ext4Metadata.Walk(source).ToDictionary(e => e.Path, StringComparer.Ordinal);

        Assert.Equal((1234u, 5678u), (found["/home/note"].Uid, found["/home/note"].Gid));
        Assert.Equal(Convert.FromHexString("0100000200200000000000000000000000000000"), found["/usr/bin/ping"].Xattrs["security.capability"]);
        Assert.Empty(found["/home/note"].Xattrs);
    }

    /// <summary>As programs see it (getfacl -n: user::rw-, user:1000:rwx, group::r--, mask::rwx, other::r--), after include/uapi/linux/posix_acl_xattr.h.</summary>
    [Fact]
    [Trait("needs", "setfattr")]
    public void Access_lists_are_read_as_programs_see_them()
    {
        const string List = "02000000" + "01000600ffffffff" + "02000700e8030000" + "04000400ffffffff" + "10000700ffffffff" + "20000400ffffffff";
        folder.Write("in/file", "x");
        if (Tool.Run(Tool.Need("setfattr"), "-n", "system.posix_acl_access", "-v", "0x" + List, folder["in/file"]).ExitCode != 0)
            Assert.Skip("the file system of the tests keeps no access lists");

        using RawFileSource source = RawFileSource.Open(Make("16M", ["-text4"]));

        Assert.Equal(List, Convert.ToHexStringLower(Ext4Metadata.Walk(source).Single(e => e.Path == "/file").Xattrs["system.posix_acl_access"]));
    }

    /// <summary>debugfs makes a name of what it is given, slashes and all.</summary>
    [Fact]
    public void Names_with_slashes_are_told()
    {
        Directory.CreateDirectory(folder["in"]);
        string image = Make("8M", ["-text4"]);
        Debugfs("-w", "-R", "mknod ../../etc/shadow p", image);
        using RawFileSource source = RawFileSource.Open(image);

        Assert.Equal("IFI513", Assert.Throws<FactoryException>(() => Ext4Metadata.Walk(source).Count()).Faults[0].Code);
    }

    [Theory]
    [InlineData("inline_data", 0x8000)]
    [InlineData("meta_bg,^resize_inode", 0x10)]
    public void Features_that_are_not_known_are_told(string features, int bit)
    {
        Directory.CreateDirectory(folder["in"]);
        using RawFileSource source = RawFileSource.Open(Make("16M", ["-text4", "-O" + features]));

        Fault fault = Assert.Throws<FactoryException>(() => Ext4Metadata.Walk(source).ToList()).Faults.Single();

        Assert.Equal("IFI514", fault.Code);
        Assert.Contains($"0x{bit:x}", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-text4")]
    [InlineData("-text2")]
    public void Damaged_ones_are_read_or_refused(string type)
    {
        MakeTree(names: 60);
        string image = Make("256k", [type, "-b1024", "-N128", "-O^has_journal,^resize_inode"]);
        Debugfs("-w", "-R", "ea_set /home/deep user.note hello", image);
        byte[] sample = File.ReadAllBytes(image);
        int[] used = [.. Enumerable.Range(1024, sample.Length - 1024).Where(at => sample[at] != 0)];
        DamagedFileSystem.IsReadOrRefused(sample, Inputs, 7, random => used[random.Next(used.Length)], Ext4Metadata.Walk, "IFI513", "IFI514");
    }

    [GeneratedRegex(@"Mode:\s+(?<mode>\d+).*?User:\s+(?<uid>-?\d+)\s+Group:\s+(?<gid>-?\d+)", RegexOptions.Singleline)]
    private static partial Regex Stat();

    [GeneratedRegex(@"^  (\S+) \(", RegexOptions.Multiline)]
    private static partial Regex EaNames();

    /// <summary>Large ones are shown as negative.</summary>
    private static uint Number(Match match, string group) => unchecked((uint)long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture));

    private static string Debugfs(params string[] arguments)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("debugfs"), arguments);
        Assert.True(exitCode == 0, output + errors);
        return output;
    }

    private void MakeTree(int names = 800)
    {
        folder.Write("in/usr/bin/su", new string('x', 9000));
        folder.Write("in/usr/bin/ping", "ELF");
        Directory.CreateDirectory(folder["in/home/deep"]);
        folder.SetMode("in/home", 0b111_000_101);
        File.CreateSymbolicLink(folder["in/link"], "usr/bin/su");
        Directory.CreateDirectory(folder["in/many"]);
        for (int i = 0; i < names; i++)
            File.WriteAllText(folder[string.Create(CultureInfo.InvariantCulture, $"in/many/file-é-{i}")], "");
    }

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(folder["in"], "*", SearchOption.AllDirectories).Select(p => p[folder["in"].Length..]);

    private string Make(string size, string[] options)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("mke2fs"), ["-q", "-F", .. options, "-d", folder["in"], folder["ext4.img"], size]);
        Assert.True(exitCode == 0, output + errors);
        return folder["ext4.img"];
    }
}
