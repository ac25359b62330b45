using System.Globalization;
using System.IO.Compression;
using System.Text;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Payload;

public sealed class HostileArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("../outside")]
    [InlineData("usr/../../outside")]
    [InlineData("/../outside")]
    [InlineData("usr/..")]
    [InlineData("..")]
    [InlineData("")]
    public void A_name_that_leads_out_is_refused(string name)
    {
        Assert.Equal("IFA116", Refusal(new TarMaker().File(name)));
    }

    [Fact]
    public void An_absolute_name_counts_from_the_root_of_the_image()
    {
        FileTree tree = Read(new TarMaker().File("/etc/passwd-x", "mine").File("//usr//./bin//x"));

        Assert.Equal("mine", tree.ReadText("/etc/passwd-x"));
        Assert.NotNull(tree.FindSelf("/usr/bin/x"));
    }

    [Theory]
    [InlineData("/etc", "/etc/x")]
    [InlineData("../../../../../../etc", "/etc/x")]
    [InlineData("/../etc", "/etc/x")]
    [InlineData(".", "/x")]
    public void Writing_through_a_link_of_the_archive_stays_inside(string target, string lands)
    {
        FileTree tree = Read(new TarMaker().SymbolicLink("way", target).File("way/x", "payload"));

        Assert.Equal("payload", tree.ReadText(lands));
        Assert.Equal(target, tree.FindSelf("/way")!.Target);
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        Assert.Equal("IFA104", Refusal(new TarMaker().SymbolicLink("a", "b").SymbolicLink("b", "a").File("a/x")));
    }

    [Theory]
    [InlineData("../etc/shadow", "IFA117")]
    [InlineData("/etc/shadow", "IFA117")]
    [InlineData("later", "IFA117")]
    [InlineData("", "IFA117")]
    [InlineData("folder", "IFA117")]
    public void A_hard_link_to_what_the_archive_does_not_bring_is_refused(string target, string code)
    {
        Assert.Equal(code, Refusal(new TarMaker().Folder("folder").HardLink("x", target).File("later")));
    }

    [Fact]
    public void A_hard_link_to_what_is_not_taken_is_refused()
    {
        TarMaker tar = new TarMaker().File("outside/secret").HardLink("taken/x", "outside/secret");

        FactoryException refused = Assert.Throws<FactoryException>(() => Read(tar.ToArray(), TarReadRules.ForPayload(PayloadOwner.Root, "/") with { Inside = "/taken" }));

        Assert.Equal("IFA117", Assert.Single(refused.Faults).Code);
    }

    [Theory]
    [InlineData('3', "IFA118")]
    [InlineData('4', "IFA118")]
    [InlineData('S', "IFA114")]
    [InlineData('M', "IFA115")]
    [InlineData('V', "IFA115")]
    [InlineData('D', "IFA115")]
    [InlineData('Z', "IFA115")]
    public void A_kind_of_entry_that_no_image_needs_is_refused(char type, string code)
    {
        Assert.Equal(code, Refusal(new TarMaker().Entry(type, "x", [])));
    }

    [Fact]
    public void Device_nodes_are_taken_when_they_are_wanted()
    {
        TarTree read = Read(new TarMaker().Entry('3', "dev/null", []).ToArray(), TarReadRules.ForPayload(PayloadOwner.Root, "/") with { Devices = true });

        Assert.Equal(TreeEntryType.CharacterDevice, read.Tree.Find("/dev/null")!.Type);
    }

    [Theory]
    [InlineData("GNU.sparse.major", "1")]
    [InlineData("GNU.sparse.size", "1099511627776")]
    [InlineData("SCHILY.realsize", "1099511627776")]
    public void A_sparse_file_is_refused(string key, string value)
    {
        Assert.Equal("IFA114", Refusal(new TarMaker().Pax((key, value)).File("x")));
    }

    [Theory]
    [InlineData("path", "../outside", "IFA116")]
    [InlineData("path", "/../outside", "IFA116")]
    [InlineData("path", "a\0b", "IFA113")]
    [InlineData("linkpath", "a\0b", "IFA113")]
    [InlineData("size", "9223372036854775807", "IFA121")]
    [InlineData("size", "9223372036854775000", "IFA111")]
    [InlineData("size", "1099511627776", "IFA111")]
    [InlineData("size", "-1", "IFA113")]
    [InlineData("size", "18446744073709551617", "IFA113")]
    [InlineData("size", "0x10", "IFA113")]
    [InlineData("size", " 1", "IFA113")]
    [InlineData("uid", "4294967295", "IFA121")]
    [InlineData("uid", "99999999999", "IFA121")]
    [InlineData("mtime", "1e400", "IFA113")]
    [InlineData("mtime", "NaN", "IFA113")]
    public void A_trick_in_an_extended_header_is_refused(string key, string value, string code)
    {
        Assert.Equal(code, Refusal(new TarMaker().Pax((key, value)).File("x")));
    }

    [Fact]
    public void Two_answers_to_one_question_are_refused()
    {
        Assert.Equal("IFA113", Refusal(new TarMaker().Pax(("path", "a"), ("path", "b")).File("x")));
        Assert.Equal("IFA113", Refusal(new TarMaker().Pax(("path", "a")).Entry('L', "././@LongLink", "b\0"u8.ToArray()).File("x")));
        Assert.Equal("IFA113", Refusal(new TarMaker().Pax('g', ("path", "for/all")).File("x")));
    }

    [Theory]
    [InlineData("5 a=b\n")]
    [InlineData("7 a=b\n")]
    [InlineData("6 a=b")]
    [InlineData("99999999 a=b\n")]
    [InlineData("-6 a=b\n")]
    [InlineData("4 a\n")]
    [InlineData("5 =b\n")]
    [InlineData("a=b\n")]
    public void A_malformed_extended_header_is_refused(string body)
    {
        Assert.Equal("IFA113", Refusal(new TarMaker().Entry('x', "PaxHeader", Encoding.UTF8.GetBytes(body)).File("x")));
    }

    [Fact]
    public void An_extended_header_without_an_entry_or_of_absurd_size_is_refused()
    {
        Assert.Equal("IFA113", Refusal(new TarMaker().Pax(("path", "a"))));
        Assert.Equal("IFA113", Refusal(new TarMaker().Entry('x', "PaxHeader", [], size: 1 << 21)));
        Assert.Equal("IFA111", Refusal(new TarMaker().Entry('L', "x", [], size: 1 << 16).WithoutEnd()));
    }

    [Theory]
    [InlineData("80000000000000000000000f", "IFA111")]
    [InlineData("807fffffffffffffffffffff", "IFA112")]
    [InlineData("80000000ffffffffffffffff", "IFA112")]
    [InlineData("ffffffffffffffffffffffff", "IFA121")]
    [InlineData("ff0000000000000000000000", "IFA112")]
    [InlineData("313200333400000000000000", "IFA112")]
    [InlineData("393939393939393939393900", "IFA112")]
    [InlineData("373737373737373737373737", "IFA111")]
    [InlineData("2d3131313131313131313100", "IFA112")]
    public void A_size_that_cannot_be_is_refused(string field, string code)
    {
        Assert.Equal(code, Refusal(new TarMaker().Entry('0', "x", [], sizeField: Convert.FromHexString(field)).WithoutEnd()));
    }

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('5')]
    [InlineData('6')]
    public void A_content_where_none_can_be_is_refused(char type)
    {
        Assert.Equal("IFA121", Refusal(new TarMaker().Entry(type, "x", new byte[512], link: "y")));
    }

    [Fact]
    public void A_long_name_is_taken_up_to_the_limits_of_linux()
    {
        string longest = string.Join('/', Enumerable.Repeat(new string('n', 255), 15)) + "/" + new string('m', 255);

        Assert.NotNull(Read(new TarMaker().Pax(("path", longest)).File("x")).FindSelf("/" + longest));
        Assert.Equal("IFA116", Refusal(new TarMaker().Pax(("path", longest + "/yy")).File("x")));
        Assert.Equal("IFA116", Refusal(new TarMaker().Pax(("path", new string('n', 256))).File("x")));
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_refused()
    {
        byte[] tar = new TarMaker().File("aXb").ToArray();
        tar[1] = 0xff;
        int sum = 8 * ' ' + tar.Take(512).Where((_, i) => i is < 148 or >= 156).Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);

        Assert.Equal("IFA112", Refusal(tar));
    }

    [Fact]
    public void An_archive_that_was_cut_off_is_refused_wherever_it_was_cut()
    {
        byte[] whole = new TarMaker().Folder("a").File("a/b", new string('x', 1000)).Pax(("path", "long")).File("c").ToArray();

        for (int length = 1; length <= whole.Length - 1024; length += 37)
            Assert.NotNull(Refusal(whole[..length]));
    }

    [Fact]
    public void The_last_of_two_entries_wins_with_a_warning()
    {
        TarTree read = Read(new TarMaker().File("x", "first").File("./x", "second").ToArray(), TarReadRules.ForPayload(PayloadOwner.Root, "/"));

        Assert.Equal("second", read.Tree.ReadText("/x"));
        Assert.Equal("IFA122", Assert.Single(read.Warnings).Code);
    }

    [Fact]
    public void Set_user_id_is_kept_with_a_warning()
    {
        TarTree read = Read(new TarMaker().File("su", mode: Convert.ToInt32("4755", 8)).ToArray(), TarReadRules.ForPayload(PayloadOwner.Root, "/"));

        Assert.Equal("04755", UnixMode.Text(read.Tree.Find("/su")!.Mode));
        Assert.Equal(("IFA123", Severity.Warning), (Assert.Single(read.Warnings).Code, read.Warnings[0].Severity));
    }

    [Fact]
    public void A_file_and_a_folder_of_one_name_are_refused()
    {
        Assert.Equal("IFA103", Refusal(new TarMaker().File("a").File("a/b")));
        Assert.Equal("IFA101", Refusal(new TarMaker().File("a/b").File("a")));
        Assert.Equal("IFA101", Refusal(new TarMaker().File("a/b").SymbolicLink("a", "/etc")));
    }

    [Fact]
    public void Twenty_faults_are_shown_and_the_rest_counted()
    {
        TarMaker tar = new();
        for (int i = 0; i < 50; i++)
            tar.File($"../{i}");

        FactoryException refused = Assert.Throws<FactoryException>(() => Read(tar));

        Assert.Equal(21, refused.Faults.Count);
        Assert.Equal(("IFA125", "and 30 more faults"), (refused.Faults[^1].Code, refused.Faults[^1].Message));
    }

    [Fact]
    public void Control_characters_of_a_name_do_not_reach_the_terminal()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => Read(new TarMaker().File("../\u001b[2Jx\n")));

        Assert.DoesNotContain(refused.Faults[0].Message, c => char.IsControl(c));
    }

    [Fact]
    public void A_million_entries_are_taken_and_one_more_is_not()
    {
        byte[] header = new TarMaker().Entry('0', "0000000", []).WithoutEnd();
        string path = folder["many.tar"];
        using (FileStream tar = File.Create(path, 1 << 20))
        {
            int sumOfOthers = header.Where((_, i) => i is >= 7 and (< 148 or >= 156)).Sum(b => b) + (8 * ' ');
            for (int i = 0; i <= 1_000_000; i++)
            {
                i.TryFormat(header, out _, "D7", CultureInfo.InvariantCulture);
                int sum = sumOfOthers;
                foreach (byte digit in header.AsSpan(0, 7))
                    sum += digit;
                for (int at = 153, rest = sum; at >= 148; at--, rest >>= 3)
                    header[at] = (byte)('0' + (rest & 7));
                (header[154], header[155]) = (0, (byte)' ');
                tar.Write(header);
            }

            tar.Write(new byte[1024]);
        }

        FactoryException refused = Assert.Throws<FactoryException>(() => TarTreeReader.Read(path, "many.tar", TarReadRules.ForPayload(PayloadOwner.Root, "/"), TestContext.Current.CancellationToken));
        using (FileStream tar = File.OpenWrite(path))
        {
            tar.Position = 512L * 1_000_000;
            tar.Write(new byte[512]);
        }

        Assert.Equal("IFA119", Assert.Single(refused.Faults).Code);
        Assert.Equal(1_000_000, TarTreeReader.Read(path, "many.tar", TarReadRules.ForPayload(PayloadOwner.Root, "/"), TestContext.Current.CancellationToken).Tree.Count);
    }

    [Fact]
    public void Contents_beyond_the_limit_are_refused_without_being_read()
    {
        string path = folder["bomb.tar"];
        byte[] header = new TarMaker().Entry('0', "x", [], sizeField: [0x80, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0]).WithoutEnd();
        using (FileStream tar = File.Create(path))
        {
            tar.Write(header);
            tar.SetLength(512 + (9L << 32) + 1024);
        }

        FactoryException refused = Assert.Throws<FactoryException>(() => TarTreeReader.Read(path, "bomb.tar", TarReadRules.ForPayload(PayloadOwner.Root, "/"), TestContext.Current.CancellationToken));

        Assert.Equal("IFA120", Assert.Single(refused.Faults).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_is_changed_in_an_archive_it_is_read_or_refused_and_nothing_lies_outside(int seed)
    {
        Random random = new(seed);
        byte[] whole = new TarMaker()
            .Folder("usr").File("usr/bin", "x").SymbolicLink("link", "../../etc").File("link/x", "y").HardLink("hard", "usr/bin")
            .Pax(("path", "a/long/name"), ("mtime", "17.5"), ("SCHILY.xattr.user.x", "v")).File("short", new string('z', 700))
            .Entry('L', "././@LongLink", "another/long/name\0"u8.ToArray()).File("short2").Entry('3', "dev", []).Entry('6', "fifo", [])
            .ToArray();
        string path = folder["fuzz.tar"];
        int refused = 0;
        for (int round = 0; round < 6000; round++)
        {
            byte[] mutated = Mutate(whole, random);
            File.WriteAllBytes(path, mutated);
            try
            {
                FileTree tree = TarTreeReader.Read(path, "fuzz.tar", TarReadRules.ForPayload(PayloadOwner.Keep, "/into"), TestContext.Current.CancellationToken).Tree;
                Assert.All(tree.Walk(), i => Assert.DoesNotContain("/../", i.Path + "/", StringComparison.Ordinal));
                TarTreeWriter.Write(tree, Stream.Null, 1_750_000_000, TestContext.Current.CancellationToken);
            }
            catch (FactoryException)
            {
                refused++;
            }
        }

        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        Assert.InRange(refused, 1000, 6000);
    }

    [Fact]
    public async Task A_compressed_archive_that_is_damaged_or_cut_off_is_refused()
    {
        byte[] tar = new TarMaker().File("x", string.Join(' ', Enumerable.Range(0, 20_000))).ToArray();
        using MemoryStream packed = new();
        await using (GZipStream gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(tar);
        byte[] whole = packed.ToArray();
        byte[] damaged = [.. whole];
        damaged[whole.Length / 2] ^= 0xff;

        Assert.Contains(await RefusalOfFileAsync(whole[..(whole.Length / 2)]), (string[])["IFA211", "IFA111"]);
        Assert.Contains(await RefusalOfFileAsync(damaged), (string[])["IFA211", "IFA111", "IFA112"]);
        Assert.Contains(await RefusalOfFileAsync([0x1f, 0x8b, 8, 0, 0, 0]), (string[])["IFA211", "IFA111"]);
    }

    private async Task<string?> RefusalOfFileAsync(byte[] file)
    {
        ArchivePayload payload = new() { Path = new SourcePath("x.tar.gz", folder.Write("x.tar.gz", file)) };
        DirectoryInfo work = Directory.CreateDirectory(folder["work"]);
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => ImageFactory.Assembly.Payload.Payloads.ReadAsync(payload, work, TestContext.Current.CancellationToken));
        return refused.Faults[0].Code;
    }

    /// <summary>Flips bytes, mostly in headers; half the time the checksums are made right again, so that the change gets further in.</summary>
    private static byte[] Mutate(byte[] whole, Random random)
    {
        byte[] mutated = [.. whole];
        int changes = random.Next(1, 6);
        for (int i = 0; i < changes; i++)
            mutated[random.Next(mutated.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)'.', _ => (byte)('0' + random.Next(10)) };
        if (random.Next(2) == 0)
        {
            for (int at = 0; at + 512 <= mutated.Length; at += 512)
            {
                if (!mutated.AsSpan(at + 257, 5).SequenceEqual("ustar"u8))
                    continue;
                int sum = (8 * ' ') + mutated.Skip(at).Take(512).Where((_, i) => i is < 148 or >= 156).Sum(b => b);
                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(mutated, at + 148);
            }
        }

        return random.Next(10) == 0 ? mutated[..random.Next(1, mutated.Length)] : mutated;
    }

    private string Refusal(TarMaker tar) => Refusal(tar.ToArray());

    private string Refusal(byte[] tar)
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => Read(tar, TarReadRules.ForPayload(PayloadOwner.Keep, "/")));
        Assert.All(refused.Faults, f => Assert.StartsWith("hostile.tar", f.Where, StringComparison.Ordinal));
        return refused.Faults[0].Code;
    }

    private FileTree Read(TarMaker tar) => Read(tar.ToArray(), TarReadRules.ForPayload(PayloadOwner.Root, "/")).Tree;

    private TarTree Read(byte[] tar, TarReadRules rules) =>
        TarTreeReader.Read(folder.Write("hostile.tar", tar), "hostile.tar", rules, TestContext.Current.CancellationToken);
}
