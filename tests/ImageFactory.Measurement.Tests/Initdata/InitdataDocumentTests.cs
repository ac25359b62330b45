using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.Initdata;

public sealed class InitdataDocumentTests
{
    private const string Good = """
        # what this pod may do
        algorithm = "sha384"
        version = "0.1.0"

        [data]
        "aa.toml" = '''
        [token_configs.kbs]
        url = "http://kbs:8080"
        '''
        "policy.rego" = '''
        package agent_policy
        default AllowRequestsFailingPolicy := false
        '''
        """;

    [Fact]
    public void The_document_of_a_pod_without_initdata_has_the_digests_that_are_known_for_it()
    {
        // Both from the specification; the values were computed from cloud-api-adaptor's text with sha256sum.
        Assert.Equal("adb48cc14fea9403d3d51f3b5f5068fd4d80445a14e94f1b3d5dbabaad66478d", InitdataDocument.Absent.Digests.Digest);
        Assert.Equal("4b58b30becd30d16f7f60d56b32661d921ae0d3310c6a89f5d552f9bfee921a9", InitdataDocument.Absent.Digests.Pcr8);
    }

    [Fact]
    public void Members_are_the_texts_between_their_quotes()
    {
        InitdataDocument document = Read(Good);

        Assert.Equal("[token_configs.kbs]\nurl = \"http://kbs:8080\"\n", document.Data["aa.toml"]);
        Assert.Equal(["aa.toml", "policy.rego"], document.Data.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("sha384", document.Algorithm);
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha384")]
    [InlineData("sha512")]
    public void Each_platform_gets_the_digest_cut_or_filled_to_its_field(string algorithm)
    {
        InitdataDocument document = Read(Good.Replace("sha384", algorithm, StringComparison.Ordinal));

        string[] expected = Expected[algorithm];
        Assert.Equal(expected[0], document.Digests.Digest);
        Assert.Equal(expected[1], document.Digests.HostData);
        Assert.Equal(expected[2], document.Digests.MrConfigId);
        Assert.Equal(expected[3], document.Digests.Pcr8);
        Assert.Equal(512, document.Digests.UserData.Length);
        Assert.Equal(expected[0] + new string('0', 512 - expected[0].Length), document.Digests.UserData);
    }

    [Fact]
    public void Only_sha256_serves_on_Azure()
    {
        Fault? fault = Read(Good).FaultOnAzure();

        Assert.Equal(("IFM607", "pod.toml:2"), (fault?.Code, fault?.Where));
        Assert.Null(Read(Good.Replace("sha384", "sha256", StringComparison.Ordinal)).FaultOnAzure());
    }

    [Fact]
    public void The_form_for_pods_unpacks_to_the_same_bytes_and_reads_like_them()
    {
        InitdataDocument document = Read(Good);

        string encoded = document.Encode();
        using GZipStream gzip = new(new MemoryStream(Convert.FromBase64String(encoded)), CompressionMode.Decompress);
        using MemoryStream unpacked = new();
        gzip.CopyTo(unpacked);

        Assert.Equal(Encoding.UTF8.GetBytes(Good), unpacked.ToArray());
        Assert.DoesNotContain('\n', encoded);
        Assert.Equal(encoded, Read(Good).Encode());
        Assert.Equal(document.Digests, Read(encoded + "\n").Digests);
    }

    [Theory]
    [InlineData("algorithm = \"sha384\"\n", "", "IFM603")]
    [InlineData("version = \"0.1.0\"\n", "", "IFM603")]
    [InlineData("\"sha384\"", "\"md5\"", "IFM604")]
    [InlineData("\"0.1.0\"", "\"0.2.0\"", "IFM605")]
    [InlineData("\"aa.toml\"", "\"as.toml\"", "IFM606")]
    [InlineData("version = ", "name = \"x\"\nversion = ", "IFM606")]
    [InlineData("[data]", "[date]", "IFM606")]
    [InlineData("\"sha384\"", "sha384", "IFM601")]
    public void What_a_guest_would_leave_aside_or_misread_is_a_fault(string there, string instead, string code)
    {
        Assert.Null(InitdataDocument.Read(Encoding.UTF8.GetBytes(Good.Replace(there, instead, StringComparison.Ordinal)), "pod.toml", out IReadOnlyList<Fault> faults));

        Assert.All(faults, f => Assert.Equal(code, f.Code));
        Assert.NotEmpty(faults);
        Assert.All(faults, f => Assert.StartsWith("pod.toml", f.Where, StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        InitdataDocument.Read("algorithm = 'md5'\nname = 'x'\n[data]\nother = ''\n"u8.ToArray(), "pod.toml", out IReadOnlyList<Fault> faults);

        Assert.Equal(["IFM604", "IFM606", "IFM606", "IFM603"], faults.Select(f => f.Code));
    }

    [Fact]
    public void A_byte_order_mark_and_other_encodings_are_refused()
    {
        foreach (byte[] bytes in (byte[][])[[.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Good)], Encoding.Unicode.GetBytes(Good), [.. Encoding.UTF8.GetBytes(Good), 0xe4]])
        {
            Assert.Null(InitdataDocument.Read(bytes, "pod.toml", out IReadOnlyList<Fault> faults));
            Assert.Contains(Assert.Single(faults).Code, (string[])["IFM601", "IFM602"]);
        }
    }

    [Fact]
    public void A_bomb_of_zeros_is_refused_without_being_unpacked()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[64 << 20]);
        byte[] bomb = Encoding.ASCII.GetBytes(Convert.ToBase64String(packed.ToArray()));

        Assert.Null(InitdataDocument.Read(bomb, "pod.txt", out IReadOnlyList<Fault> faults));
        Assert.Equal("IFM608", Assert.Single(faults).Code);
    }

    [Theory]
    [InlineData("H4sIAAAA")]
    [InlineData("H4sI####")]
    public void A_damaged_form_for_pods_is_refused(string text)
    {
        Assert.Null(InitdataDocument.Read(Encoding.ASCII.GetBytes(text), "pod.txt", out IReadOnlyList<Fault> faults));
        Assert.All(faults, f => Assert.Contains(f.Code, (string[])["IFM609", "IFM603"]));
    }

    [Theory]
    [InlineData("plain\n")]
    [InlineData("")]
    [InlineData("\n\nbegins with line breaks")]
    [InlineData("quotes ''' and \"\"\" and \\ and ' \" at its end'")]
    [InlineData("carriage\r\nreturns\r\n and \u0001 and \u007f and ä and 𝄞")]
    public void A_document_that_was_made_of_members_gives_them_back_unchanged(string member)
    {
        InitdataDocument made = InitdataDocument.Create("sha256", new Dictionary<string, string> { ["policy.rego"] = member, ["aa.toml"] = "a = 1\n" });

        InitdataDocument read = Read(Encoding.UTF8.GetString(made.Bytes));

        Assert.Equal(member, read.Data["policy.rego"]);
        Assert.Equal("a = 1\n", read.Data["aa.toml"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(made.Bytes)), read.Digests.Digest);
    }

    [Fact]
    public void A_member_that_the_guest_does_not_know_is_refused()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => InitdataDocument.Create("sha256", new Dictionary<string, string> { ["x.toml"] = "" }));

        Assert.Equal("IFM606", Assert.Single(refused.Faults).Code);
    }

    [Fact]
    public void Two_hundred_thousand_damaged_documents_are_read_or_refused()
    {
        byte[] good = Encoding.UTF8.GetBytes(Good + "\nx = \"a\\u00e4\\n\" # end\n[other]\n'y' = \"\"\"\n\\\n  z\"\"\"\n");
        byte[] edges = Encoding.ASCII.GetBytes("'\"\\[]=#.\n\r\t{},u0U \0\x7f");

        Parallel.For(0, 200_000, index =>
        {
            Random random = new(unchecked((int)(index * 2654435761)));
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 6); change > 0; change--)
                bytes[random.Next(bytes.Length)] = random.Next(3) > 0 ? edges[random.Next(edges.Length)] : (byte)random.Next(256);
            InitdataDocument? document = InitdataDocument.Read(random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes, "fuzz", out IReadOnlyList<Fault> faults);

            Assert.Equal(document is null, faults.Any(f => f.Severity == Severity.Error));
            Assert.All(faults, f => Assert.StartsWith("IFM6", f.Code, StringComparison.Ordinal));
        });
    }

    private static InitdataDocument Read(string text)
    {
        InitdataDocument? document = InitdataDocument.Read(Encoding.UTF8.GetBytes(text), "pod.toml", out IReadOnlyList<Fault> faults);
        Assert.Empty(faults);
        return document!;
    }

    /// <summary>Digest, HOST_DATA, MRCONFIGID and PCR 8 of <see cref="Good"/> with that algorithm, computed with Python's hashlib.</summary>
    private static readonly Dictionary<string, string[]> Expected = new()
    {
        ["sha256"] = ["d5e2b8d68fd4affd073114b17d69da1846db4d2d052dbf5f54345cb4b86c0ccc", "d5e2b8d68fd4affd073114b17d69da1846db4d2d052dbf5f54345cb4b86c0ccc", "d5e2b8d68fd4affd073114b17d69da1846db4d2d052dbf5f54345cb4b86c0ccc00000000000000000000000000000000", "4f57e3f6dba319c00252c81b426a7699c158876879a4af8874a8e1f743e2dcd6"],
        ["sha384"] = ["3f6a9ef2e9ce24b3b5b70e92e46de9fea2a532f6b0573c43a665de648f810f203f2786f5166c5a8951650e789c077fb0", "3f6a9ef2e9ce24b3b5b70e92e46de9fea2a532f6b0573c43a665de648f810f20", "3f6a9ef2e9ce24b3b5b70e92e46de9fea2a532f6b0573c43a665de648f810f203f2786f5166c5a8951650e789c077fb0", "6737eb1168d86989d9fb40da2a423fb5821fd378d5b17de907dd4a267dc35b5f"],
        ["sha512"] = ["cdce4cbc7d5cf9f09ff877d07a3b34805bd4bc33556735425f560449c64294e4ab51fe200a8f1e6793dbbd56f70d250457862ca9790cb5c0d8adb8e0fa6388db", "cdce4cbc7d5cf9f09ff877d07a3b34805bd4bc33556735425f560449c64294e4", "cdce4cbc7d5cf9f09ff877d07a3b34805bd4bc33556735425f560449c64294e4ab51fe200a8f1e6793dbbd56f70d2504", "28661c210949e093487d15ddaa8f0dc5cb7f7fa89e0dff51997c15b772d90fc0"],
    };
}
